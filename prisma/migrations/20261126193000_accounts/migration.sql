-- People sign in by themselves: with a password and a second factor, or through a provider.
alter table person add column email text unique check (email = lower(email));
alter table person add column email_verified boolean not null default false;
alter table person add column image text;
alter table person add column two_factor_enabled boolean not null default false;
alter table person add column updated_at timestamptz(3) not null default now();

-- Sessions are named by an id, so that one can be ended without knowing its secret.
alter table session add column id text not null unique default gen_random_uuid()::text;
alter table session alter column kind set default 'session';
alter table session add column ip_address text;
alter table session add column user_agent text;
alter table session add column updated_at timestamptz(3) not null default now();
alter table session add column proven_at timestamptz(3) not null default now();
create index session_person on session (person_id);

create table account (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  person_id text not null references person (id) on delete cascade,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz(3),
  refresh_token_expires_at timestamptz(3),
  scope text,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (provider_id, account_id)
);
create index account_person on account (person_id);

create table verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz(3) not null,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now()
);
create index verification_identifier on verification (identifier);

create table two_factor (
  id text primary key,
  person_id text not null references person (id) on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean not null default true,
  failed_verification_count int not null default 0,
  locked_until timestamptz(3)
);
create index two_factor_person on two_factor (person_id);

create table invitation (
  id text primary key,
  project_id text not null,
  hash text not null unique,
  email text not null check (email = lower(email)),
  role text not null check (role in ('viewer', 'operator', 'approver', 'owner')),
  invited_by text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  accepted_at timestamptz(3)
);
create unique index invitation_open on invitation (project_id, email) where accepted_at is null;

-- Tokens of programs have a name that people know them by.
alter table token add column name text;

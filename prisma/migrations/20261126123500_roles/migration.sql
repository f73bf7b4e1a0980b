-- Who may do what: people by their role in a project, project tokens by a role of their own and a time to end.
create table member (
  project_id text not null,
  person_id text not null references person (id) on delete cascade,
  role text not null check (role in ('viewer', 'operator', 'approver', 'owner')),
  created_at timestamptz(3) not null default now(),
  primary key (project_id, person_id)
);
insert into member (project_id, person_id, role) select p.id, o.id, 'owner' from project p, person o;

alter table token add column role text check (role in ('viewer', 'operator', 'approver', 'owner'));
alter table token add column expires_at timestamptz(3);
update token set role = 'owner' where kind = 'project';

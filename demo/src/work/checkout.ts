import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Places } from '../fleet/settings.ts';
import { git } from '../shell/git.ts';

/** A clone of the library in which one agent works. Nothing in it reaches `main`; branches go to the hub. */
export class Checkout {
  private constructor(
    readonly path: string,
    private readonly author: string,
    private readonly signalNow: () => AbortSignal,
  ) {}

  /** Opens the clone of a place in a team. One left in a bad state by a crash is made anew. */
  static async open(places: Places, slot: string, author: string, signalNow: () => AbortSignal): Promise<Checkout> {
    const checkout = new Checkout(join(places.work, slot, 'library'), author, signalNow);
    await rm(join(checkout.path, '.git', 'index.lock'), { force: true });
    try {
      await checkout.git('cherry-pick', '--quit');
      await checkout.toMain();
    } catch {
      signalNow().throwIfAborted();
      await rm(checkout.path, { recursive: true, force: true });
      await mkdir(dirname(checkout.path), { recursive: true });
      await git(dirname(checkout.path), ['clone', '--quiet', '--no-tags', places.library, checkout.path], { signal: signalNow() });
      await checkout.git('remote', 'add', 'hub', places.hub);
    }
    return checkout;
  }

  git(...args: string[]): Promise<string> {
    return git(this.path, args, { author: this.author, signal: this.signalNow() });
  }

  /** The newest `main`, without anything of earlier work; answers with its commit. */
  async toMain(): Promise<string> {
    await this.git('fetch', '--quiet', '--no-tags', 'origin', 'main');
    return this.at('FETCH_HEAD');
  }
  /** The tree of a commit, on no branch. */
  async at(commit: string): Promise<string> {
    const id = (await this.git('rev-parse', '--verify', `${commit}^{commit}`)).trim();
    await this.git('checkout', '--quiet', '--force', '--detach', id);
    await this.git('clean', '--quiet', '-d', '--force');
    return id;
  }
  /** A branch that starts here; one of the same name from an earlier attempt is given up. */
  async startBranch(name: string): Promise<void> {
    await this.git('checkout', '--quiet', '-B', name);
  }
  async commit(subject: string, body = ''): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '-m', subject, ...(body ? ['-m', body] : []));
    return (await this.git('rev-parse', 'HEAD')).trim();
  }
  /** As a patch that can be applied elsewhere. */
  diff(from: string, to = 'HEAD'): Promise<string> {
    return this.git('diff', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', from, to);
  }
  /** Hands the current commit to the team, under a name; an older one of that name is replaced. */
  async push(branch: string): Promise<void> {
    await this.git('push', '--quiet', '--force', 'hub', `HEAD:refs/heads/${branch}`);
  }
  /** A branch from the hub, or undefined where nobody has pushed it. */
  async fetchHub(branch: string): Promise<string | undefined> {
    const ref = `refs/heads/${branch}`;
    if ((await this.git('ls-remote', 'hub', ref)).trim() === '') return undefined;
    await this.git('fetch', '--quiet', '--no-tags', 'hub', ref);
    return (await this.git('rev-parse', 'FETCH_HEAD')).trim();
  }
  /** Names of hub branches below a prefix, without it. */
  async hubBranches(prefix: string): Promise<string[]> {
    const lines = (await this.git('ls-remote', 'hub', `refs/heads/${prefix}/*`)).split('\n').filter(Boolean);
    return lines.map((line) => line.slice(line.indexOf(`${prefix}/`) + prefix.length + 1));
  }

  read(path: string): Promise<string> {
    return readFile(join(this.path, path), 'utf8');
  }
  async write(path: string, content: string): Promise<void> {
    const target = join(this.path, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  /** Names in a folder, sorted; none where there is no such folder. */
  async list(folder: string): Promise<string[]> {
    return (await readdir(join(this.path, folder)).catch(() => [])).sort();
  }
}

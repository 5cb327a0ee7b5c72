import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Settings of a developer's shell must not reach the service under test. */
const { DATABASE_URL: _ours, ...environment } = process.env;

const root = resolve(import.meta.dirname, "../../..");
const program = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/machimori");

type State = { outcome: string | null; open_rescue: string[] };

/** The real program with a private PostGIS of its own, behind a front that can lose answers. */
export class Service {
  /** What the browser is told: the front's address. */
  url = "";
  /** One volunteer's invite, as `serve --demo` prints it. */
  invite = { link: "", code: "" };
  /** Loses the next answers to this path after the service has acted on them. */
  lose: { path: string; times: number } | null = null;
  /** Changes a page's file on its way, as a newer release would. */
  rewrite: ((path: string, body: string) => string) | null = null;

  private readonly var = mkdtempSync(join(tmpdir(), "machimori-e2e-"));
  private child: ChildProcess | null = null;
  private front: Server | null = null;
  private port = 0;

  private constructor(
    private readonly isDemo: boolean,
    private readonly mail: string,
  ) {}

  /**
   * Starts everything from an empty directory: over no people at all, or over a demo city of so many residents; with the mail server at
   * the address `mail`.
   */
  static async begin({ demo = 0, mail = "" } = {}): Promise<Service> {
    const service = new Service(demo > 0, mail);
    if (!existsSync(program)) throw new Error(`${program} is missing: run cargo build first`);
    // The database child gives its rights up when started as root and must still reach its files.
    chmodSync(service.var, 0o755);
    service.front = createServer((asked, answer) => service.pass(asked, answer));
    await new Promise<void>((ready) => service.front?.listen(0, "127.0.0.1", ready));
    service.url = `http://127.0.0.1:${(service.front.address() as AddressInfo).port}`;
    service.port = await freePort();
    if (demo > 0) service.cli("demo", "--people", String(demo));
    await service.start();
    return service;
  }

  /** Starts it (again) on the same address and data; resolves when it is ready. */
  async start(): Promise<void> {
    const args = ["serve", "--var", this.var, "--listen", `127.0.0.1:${this.port}`];
    args.push("--public-url", this.url, ...(this.isDemo ? ["--demo"] : []));
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...environment,
        MACHIMORI_LOG: "warn,machimori=info",
        ...(this.mail && {
          MACHIMORI_SMTP_URL: this.mail,
          MACHIMORI_MAIL_FROM: "bosai@city.example",
        }),
      },
    });
    this.child = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        said += text;
      });
    }
    for (let turn = 0; turn < 1200; turn++) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the service ended:\n${said}`);
      const isReady = await fetch(`http://127.0.0.1:${this.port}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      const link = /\S+\/field\/#i=\S+/.exec(said)?.[0] ?? "";
      const code = /\d{3}-\d{3}-\d{3}/.exec(said)?.[0] ?? "";
      if (isReady && (!this.isDemo || (link && code))) {
        this.invite = { link, code };
        return;
      }
      await new Promise((later) => setTimeout(later, 100));
    }
    throw new Error(`the service did not get ready:\n${said}`);
  }

  /** As a power cut does it: the database stays behind for the next start to adopt. */
  kill(): Promise<void> {
    return this.signal("SIGKILL");
  }

  /** Stops everything and forgets its data. */
  async forget(): Promise<void> {
    await this.signal("SIGTERM");
    this.stopOrphan();
    this.front?.closeAllConnections();
    this.front?.close();
    rmSync(this.var, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Runs a command of the program on this service's data; its standard output. */
  cli(command: string, ...args: string[]): string {
    return execFileSync(program, [command, ...args], {
      encoding: "utf8",
      env: { ...environment, MACHIMORI_VAR: this.var },
    });
  }

  /** Writes the demo city as files in the official formats; touches no database. */
  writeFiles(folder: string, people: number): void {
    execFileSync(program, ["demo", "--people", String(people), "--files", folder]);
  }

  /** What `machimori derive` says of recorded evidence. */
  derive(recording: object): { members: { id: string; bucket: string; state: State }[] } {
    const input = JSON.stringify(recording);
    return JSON.parse(execFileSync(program, ["derive", "-"], { encoding: "utf8", input }));
  }

  /** A killed service leaves its database running for the next one; there will be none. */
  private stopOrphan(): void {
    const file = join(this.var, "postgres/data/postmaster.pid");
    if (!existsSync(file)) return;
    const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
    if (pid > 1) process.kill(pid, "SIGQUIT");
  }

  private async signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const isGone = new Promise((gone) => child.once("exit", gone));
    child.kill(signal);
    await isGone;
  }

  /** Rows of a query, past every wall: what is in the tables, not what somebody may see. */
  sql(query: string): string[][] {
    const out = execFileSync(
      "psql",
      [
        ...["-h", join(this.var, "postgres/run"), "-U", "machimori_super", "-d", "machimori"],
        ...["-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", query],
      ],
      { encoding: "utf8" },
    );
    return out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  }

  /** The first column of the first row. */
  value(query: string): string {
    return this.sql(query)[0]?.[0] ?? "";
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const path = asked.url ?? "/";
    const lost = this.lose && path.startsWith(this.lose.path) && this.lose.times > 0;
    const headers = { ...asked.headers };
    if (this.rewrite) delete headers["accept-encoding"];
    const onward = request(
      { host: "127.0.0.1", port: this.port, path, method: asked.method, headers },
      async (given) => {
        if (given.headers["content-type"]?.startsWith("text/event-stream")) {
          answer.writeHead(given.statusCode ?? 502, given.headers);
          given.pipe(answer);
          given.on("error", () => answer.destroy());
          answer.on("close", () => onward.destroy());
          return;
        }
        const parts: Buffer[] = [];
        for await (const part of given) parts.push(part as Buffer);
        if (lost && this.lose) {
          this.lose.times -= 1;
          answer.destroy();
          return;
        }
        let body = Buffer.concat(parts);
        const kept = { ...given.headers };
        if (this.rewrite && /html|javascript/.test(kept["content-type"] ?? "")) {
          body = Buffer.from(this.rewrite(path, body.toString("utf8")));
          delete kept["content-length"];
          delete kept.etag;
        }
        answer.writeHead(given.statusCode ?? 502, kept);
        answer.end(body);
      },
    );
    // No service behind the front looks like no network to the phone.
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((ready) => probe.listen(0, "127.0.0.1", ready));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** The six digits an authenticator shows for a base32 secret at an instant (RFC 6238). */
export function totp(secret: string, at = Date.now()): string {
  const bits = [...secret.replace(/=+$/, "")]
    .map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const from = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

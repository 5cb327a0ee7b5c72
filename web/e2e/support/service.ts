import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Settings of a developer's shell must not reach the service under test. */
const { DATABASE_URL: _ours, ...environment } = process.env;

const program =
  process.env.MACHIMORI_PROGRAM ?? resolve(import.meta.dirname, "../../../target/debug/machimori");

/** A real service with its own private PostGIS in a folder of its own; it can be killed and started again. */
export class Service {
  readonly var = mkdtempSync(join(tmpdir(), "mm-"));
  url = "";
  private port = 0;
  private process: ChildProcess | null = null;

  /** A service over an empty database, or over a demo city of so many residents. */
  static async begin(options: { demo?: number } = {}): Promise<Service> {
    const service = new Service();
    // The database's own user must be able to pass through.
    chmodSync(service.var, 0o755);
    service.port = await freePort();
    service.url = `http://127.0.0.1:${service.port}`;
    if (options.demo) service.cli("demo", "--people", String(options.demo));
    await service.start();
    return service;
  }

  /** Start it (again) on the same address and data; resolves when it is ready. */
  async start(): Promise<void> {
    const args = ["serve", "--var", this.var, "--listen", `127.0.0.1:${this.port}`];
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: environment,
    });
    let log = "";
    child.stderr?.on("data", (chunk) => {
      log = (log + chunk).slice(-4000);
    });
    this.process = child;
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`the service ended: ${log}`);
      const ready = await fetch(`${this.url}/readyz`).catch(() => null);
      if (ready?.ok) return;
      await new Promise((next) => setTimeout(next, 100));
    }
    throw new Error(`the service did not become ready: ${log}`);
  }

  /** kill -9: no goodbye, the database stays behind for the next start to adopt. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    await this.end("SIGINT");
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  }

  /** Stop it and forget its data. */
  async forget(): Promise<void> {
    if (!this.process) await this.start();
    await this.stop();
    rmSync(this.var, { recursive: true, force: true });
  }

  /** Run a command of the program on this service's data; its standard output. */
  cli(...args: string[]): string {
    const [command = "", ...rest] = args;
    return execFileSync(program, [command, ...rest, "--var", this.var], {
      encoding: "utf8",
      env: environment,
    });
  }

  /** Rows of a query as the superuser, to compare what is shown with what is stored. */
  sql(query: string): string[][] {
    const run = join(this.var, "postgres", "run");
    const args = [
      "-X",
      "-A",
      "-t",
      "-F",
      "\t",
      "-h",
      run,
      "-U",
      "machimori_super",
      "-d",
      "machimori",
    ];
    const out = execFileSync("psql", [...args, "-c", query], { encoding: "utf8" });
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split("\t"));
  }

  /** The first column of the first row. */
  value(query: string): string {
    return this.sql(query)[0]?.[0] ?? "";
  }
}

async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
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

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

export type Mail = { to: string; subject: string; body: string };

/** A mail server that takes everything, and keeps it. */
export class Post {
  readonly mails: Mail[] = [];
  private constructor(private readonly server: Server) {}

  static async open(): Promise<Post> {
    const server = createServer();
    const post = new Post(server);
    server.on("connection", (socket) => post.talk(socket));
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return post;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
  }

  /** The link of the newest mail to an address. */
  link(to: string): string {
    const mail = this.mails.filter((m) => m.to === to).at(-1);
    return /http\S+\/a\/#\S+/.exec(mail?.body ?? "")?.[0] ?? "";
  }

  private talk(socket: Socket): void {
    let text = "";
    let to = "";
    let isContent = false;
    socket.write("220 post ESMTP\r\n");
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      text += bytes.toString("utf8");
      for (;;) {
        const end = isContent ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
        if (end < 0) return;
        const said = text.slice(0, end);
        text = text.slice(end + (isContent ? 5 : 2));
        if (isContent) {
          this.mails.push(read(to, said));
          isContent = false;
          socket.write("250 taken\r\n");
        } else if (said === "DATA") {
          isContent = true;
          socket.write("354 go on\r\n");
        } else {
          to = /^RCPT TO:<([^>]*)>/.exec(said)?.[1] ?? to;
          socket.write(said === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
        }
      }
    });
  }
}

function read(to: string, text: string): Mail {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const packed = /Subject: ((?:.|\r\n )*)\r\n/.exec(head)?.[1] ?? "";
  const subject = packed
    .split(/\s+/)
    .map((word) => /^=\?utf-8\?b\?(.*)\?=$/.exec(word)?.[1] ?? "")
    .map((word) => Buffer.from(word, "base64"));
  return {
    to,
    subject: Buffer.concat(subject).toString("utf8"),
    body: Buffer.from(body.replace(/\s/g, ""), "base64").toString("utf8"),
  };
}

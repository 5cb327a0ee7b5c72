import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "lean-qr";

const WIDTH = 640;
const HEIGHT = 480;

/** A film of QR codes, each held still for two seconds, and the browser's switches that show it in place of a camera's picture. */
export function cameraOf(...texts: string[]): string[] {
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  const file = join(mkdtempSync(join(tmpdir(), "machimori-camera-")), "code.y4m");
  writeFileSync(
    file,
    Buffer.concat([head, ...texts.flatMap((text) => Array(20).fill(frameOf(text)))]),
  );
  return [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${file}`,
  ];
}

function frameOf(text: string): Buffer {
  const code = generate(text);
  const module = Math.floor(400 / (code.size + 8));
  const left = Math.floor((WIDTH - code.size * module) / 2);
  const top = Math.floor((HEIGHT - code.size * module) / 2);
  const light = Buffer.alloc(WIDTH * HEIGHT, 235);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = (n: number, from: number) => Math.floor((n - from) / module);
      if (code.get(at(x, left), at(y, top))) light[y * WIDTH + x] = 16;
    }
  }
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  return Buffer.concat([Buffer.from("FRAME\n"), light, grey]);
}

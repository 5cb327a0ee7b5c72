// What goes to the server and comes back, by the means of ten years ago.
export type Opened = {
  municipality: string;
  district_phone: string;
  event_kind: "drill" | "disaster";
  event_name: string;
  is_over: boolean;
  is_closed: boolean;
  speaks_as: "self" | "family";
  for_household: boolean;
  lang: "ja" | "ja-easy" | "en";
  answered_at: string | null;
};

export type Answered = {
  id: string;
  outcome: string;
  whereabouts: string | null;
  for_household: boolean;
  recorded_at: string;
  is_late: boolean;
  is_set_aside: boolean;
};

/** Asks once; `status` 0: nobody answered. */
export function ask(
  method: string,
  path: string,
  body: object | null,
  done: (status: number, answer: unknown) => void,
): void {
  const request = new XMLHttpRequest();
  let isDone = false;
  const end = (status: number): void => {
    if (isDone) return;
    isDone = true;
    let answer: unknown = null;
    try {
      answer = JSON.parse(request.responseText);
    } catch (_) {
      // Not ours: a captive portal's page, or nothing.
      if (status >= 200 && status < 300) status = 0;
    }
    done(status, answer);
  };
  request.open(method, `/api/v1${path}`);
  request.timeout = 20000;
  request.onload = () => end(request.status);
  request.onerror = () => end(0);
  request.ontimeout = () => end(0);
  if (body) request.setRequestHeader("Content-Type", "application/json");
  request.send(body ? JSON.stringify(body) : null);
}

/** A UUID of version 7, also where the browser has no good dice. */
export function newId(): string {
  const bytes: number[] = [];
  const dice = window.crypto?.getRandomValues
    ? window.crypto.getRandomValues(new Uint8Array(16))
    : null;
  for (let n = 0; n < 16; n++) bytes.push(dice ? (dice[n] ?? 0) : Math.floor(Math.random() * 256));
  let time = Date.now();
  for (let n = 5; n >= 0; n--) {
    bytes[n] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let text = "";
  for (let n = 0; n < 16; n++) {
    if (n === 4 || n === 6 || n === 8 || n === 10) text += "-";
    text += `0${(bytes[n] ?? 0).toString(16)}`.slice(-2);
  }
  return text;
}

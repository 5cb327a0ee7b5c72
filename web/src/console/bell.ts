import { Store } from "../ui/store";

const KEPT = "machimori-console-bell";

/** Whether a call for rescue rings at this desk, on whatever page. Off until somebody turns it on; this browser remembers it. */
export const bell = new Store<{ isOn: boolean }>({ isOn: wasOn() });

let context: AudioContext | null = null;

/** Turning it on rings once, so that one hears what it is like. */
export function setBell(isOn: boolean): void {
  bell.set({ isOn });
  try {
    localStorage.setItem(KEPT, isOn ? "on" : "off");
  } catch {
    // Then it is off again when the page is opened anew.
  }
  if (isOn) ring();
}

function wasOn(): boolean {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}

/** A browser lets a page sound only after somebody touched it: the first touch wakes a bell that was left on. */
function wake(): void {
  if (!bell.get().isOn) return;
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    // A desk without sound: the queue shows it anyway.
  }
}
for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, wake, { passive: true });

/** Three short tones. */
export function ring(): void {
  if (!bell.get().isOn) return;
  try {
    context ??= new AudioContext();
    for (const at of [0, 0.3, 0.6]) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.frequency.value = 880;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(context.destination);
      tone.start(context.currentTime + at);
      tone.stop(context.currentTime + at + 0.18);
    }
  } catch {
    // A desk without sound: the queue shows it anyway.
  }
}

/** Events whose queue is on the page: it rings itself, and sooner. */
export const queuesShown = new Map<string, number>();

/** Says that an event's queue is on the page; the answer says that it is gone. */
export function showsQueue(eventId: string): () => void {
  queuesShown.set(eventId, (queuesShown.get(eventId) ?? 0) + 1);
  return () => {
    const left = (queuesShown.get(eventId) ?? 1) - 1;
    if (left > 0) queuesShown.set(eventId, left);
    else queuesShown.delete(eventId);
  };
}

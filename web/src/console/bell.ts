import { Store } from "../ui/store";

/** Whether a new rescue rings. Off until somebody at this desk turns it on; forgotten with the page. */
export const bell = new Store<{ isOn: boolean }>({ isOn: false });

let context: AudioContext | null = null;

/** Turning it on rings once, so that one hears what it is like. */
export function setBell(isOn: boolean): void {
  bell.set({ isOn });
  if (isOn) ring();
}

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

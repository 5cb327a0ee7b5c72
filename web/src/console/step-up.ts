import { Store } from "../ui/store";

/** Whether the second factor is being asked for again; the dialog in the frame shows it. */
export const stepUp = new Store<{ asking: boolean }>({ asking: false });

let answer: ((ok: boolean) => void) | null = null;

/** Opens the dialog; true once the server has accepted password and code again. */
export function askStepUp(): Promise<boolean> {
  answer?.(false);
  stepUp.set({ asking: true });
  return new Promise((resolve) => {
    answer = resolve;
  });
}

/** The dialog's answer. */
export function endStepUp(ok: boolean): void {
  stepUp.set({ asking: false });
  answer?.(ok);
  answer = null;
}

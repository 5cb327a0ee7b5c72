/** Why there is no picture, as far as words can help. */
export type CameraProblem = "denied" | "none" | "busy" | "insecure";

/** An open camera. */
export interface Camera {
  stream: MediaStream;
  /** Null: this camera has no lamp that a page may switch. */
  setTorch: ((isOn: boolean) => Promise<void>) | null;
  stop(): void;
}

/** Asks for the camera that looks away from whoever holds the phone. Nothing is recorded and nothing leaves the phone. */
export async function openCamera(): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) throw problem("insecure");
  const stream = await navigator.mediaDevices
    .getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
    })
    .catch((error: unknown) => {
      throw problem(problemOf(error));
    });
  const [track] = stream.getVideoTracks();
  return {
    stream,
    setTorch: track && hasTorch(track) ? (isOn) => switchTorch(track, isOn) : null,
    stop: () => {
      for (const one of stream.getTracks()) one.stop();
    },
  };
}

export class CameraError extends Error {
  constructor(readonly problem: CameraProblem) {
    super(problem);
  }
}

function problem(what: CameraProblem): CameraError {
  return new CameraError(what);
}

function problemOf(error: unknown): CameraProblem {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "none";
  }
}

/** The lamp is in no TypeScript's DOM. */
type TorchCapabilities = MediaTrackCapabilities & { torch?: boolean };

function hasTorch(track: MediaStreamTrack): boolean {
  const can = track.getCapabilities?.() as TorchCapabilities | undefined;
  return can?.torch === true;
}

async function switchTorch(track: MediaStreamTrack, isOn: boolean): Promise<void> {
  const wanted = { advanced: [{ torch: isOn } as MediaTrackConstraintSet] };
  await track.applyConstraints(wanted).catch(() => {});
}

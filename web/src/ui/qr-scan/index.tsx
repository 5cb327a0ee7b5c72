import { useEffect, useRef, useState } from "preact/hooks";
import "./qr-scan.css";
import { Banner } from "../banner";
import { Button } from "../button";
import { Field } from "../field";
import { type Camera, CameraError, type CameraProblem, openCamera } from "./camera";
import { type Decoder, makeDecoder } from "./decode";
import { Frames, loadPhoto } from "./picture";
import { OncePerCode } from "./watch";

/** Each surface brings its own words. */
export interface QrScanWords {
  /** Read with the picture: what to hold in front of the camera. */
  aim: string;
  start: string;
  stop: string;
  starting: string;
  torchOn: string;
  torchOff: string;
  /** Choose a photo that holds the code. */
  file: string;
  fileEmpty: string;
  problem: Record<CameraProblem, string>;
  typed: { label: string; hint?: string; button: string; empty: string };
}

const EVERY_MS = 150;

/**
 * Reads QR codes: by the camera, out of a photo, or typed from below the code. `onRead` hears each code once; the camera goes on
 * until this leaves the page, so that a queue of people or a series of codes needs no further tap.
 */
export function QrScan(props: {
  words: QrScanWords;
  onRead: (text: string) => void;
  /** Start with the camera; otherwise it waits for a tap, because the browser asks for leave. */
  startsAtOnce?: boolean;
  /** Nothing to type: a series of codes has no text that a hand could copy. */
  hasNoTyping?: boolean;
}) {
  const { words } = props;
  const [isOn, setOn] = useState(props.startsAtOnce ?? false);
  const [problem, setProblem] = useState<string | null>(null);
  const onRead = useRef(props.onRead);
  onRead.current = props.onRead;
  return (
    <div class="qr-scan">
      {problem && <Banner tone="warn" title={problem} />}
      {isOn ? (
        <Viewfinder
          words={words}
          onRead={(text) => onRead.current(text)}
          onProblem={(what) => {
            setOn(false);
            setProblem(words.problem[what]);
          }}
          onStop={() => setOn(false)}
        />
      ) : (
        <Button
          look="primary"
          wide
          onClick={() => {
            setProblem(null);
            setOn(true);
          }}
        >
          {words.start}
        </Button>
      )}
      <Photo words={words} onRead={(text) => onRead.current(text)} />
      {!props.hasNoTyping && <Typed words={words} onRead={(text) => onRead.current(text)} />}
    </div>
  );
}

function Viewfinder(props: {
  words: QrScanWords;
  onRead: (text: string) => void;
  onProblem: (problem: CameraProblem) => void;
  onStop: () => void;
}) {
  const { words } = props;
  const video = useRef<HTMLVideoElement>(null);
  const [camera, setCamera] = useState<Camera | null>(null);
  const [isLit, setLit] = useState(false);
  useEffect(() => {
    const watching = watchCamera(video, setCamera, props.onRead, props.onProblem);
    return watching.stop;
  }, []);
  return (
    <>
      <div class="qr-scan-view">
        <video ref={video} playsInline muted autoPlay aria-label={words.aim} />
        <p class="qr-scan-aim">{camera ? words.aim : words.starting}</p>
      </div>
      <div class="qr-scan-buttons">
        {camera?.setTorch && (
          <Button
            aria-pressed={isLit}
            onClick={() => {
              void camera.setTorch?.(!isLit);
              setLit(!isLit);
            }}
          >
            {isLit ? words.torchOff : words.torchOn}
          </Button>
        )}
        <Button look="quiet" icon="cross" onClick={props.onStop}>
          {words.stop}
        </Button>
      </div>
    </>
  );
}

/** Opens the camera and looks at a frame every so often, until stopped; the camera's light goes out with it. */
function watchCamera(
  video: { current: HTMLVideoElement | null },
  onCamera: (camera: Camera) => void,
  onRead: (text: string) => void,
  onProblem: (problem: CameraProblem) => void,
): { stop: () => void } {
  let isStopped = false;
  let camera: Camera | null = null;
  const once = new OncePerCode();
  const run = async () => {
    const [opened, decoder] = await Promise.all([openCamera(), makeDecoder()]);
    camera = opened;
    if (isStopped || !video.current) return opened.stop();
    video.current.srcObject = opened.stream;
    await video.current.play().catch(() => {});
    onCamera(opened);
    const frames = new Frames();
    while (!isStopped && video.current) {
      const text = await readFrame(decoder, video.current, frames);
      if (text && !isStopped && once.isNew(text, performance.now())) onRead(text);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  run().catch((error: unknown) => {
    camera?.stop();
    if (!isStopped) onProblem(error instanceof CameraError ? error.problem : "none");
  });
  return {
    stop: () => {
      isStopped = true;
      camera?.stop();
    },
  };
}

async function readFrame(
  decoder: Decoder,
  video: HTMLVideoElement,
  frames: Frames,
): Promise<string | null> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
  return decoder.read(video, () => frames.of(video)).catch(() => null);
}

/** For a phone whose camera a page may not use: its own camera app takes the photo. */
function Photo(props: { words: QrScanWords; onRead: (text: string) => void }) {
  const { words } = props;
  const input = useRef<HTMLInputElement>(null);
  const [isEmpty, setEmpty] = useState(false);
  async function read(file: File) {
    setEmpty(false);
    const decoder = await makeDecoder();
    const text = await loadPhoto(file)
      .then((image) => decoder.read(image, () => new Frames().ofPhoto(image)))
      .catch(() => null);
    if (text) props.onRead(text);
    else setEmpty(true);
  }
  return (
    <div class="qr-scan-photo">
      <input
        ref={input}
        type="file"
        accept="image/*"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={words.file}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void read(file);
        }}
      />
      <Button wide onClick={() => input.current?.click()}>
        {words.file}
      </Button>
      {isEmpty && (
        <p class="field-error" role="alert">
          {words.fileEmpty}
        </p>
      )}
    </div>
  );
}

/** What stands below the code, typed by hand: for whoever cannot hold a camera still, or cannot see. */
function Typed(props: { words: QrScanWords; onRead: (text: string) => void }) {
  const { typed } = props.words;
  const [text, setText] = useState("");
  const [isEmpty, setEmpty] = useState(false);
  return (
    <form
      class="qr-scan-typed"
      onSubmit={(event) => {
        event.preventDefault();
        const said = text.trim();
        setEmpty(said === "");
        if (said === "") return;
        setText("");
        props.onRead(said);
      }}
    >
      <Field
        label={typed.label}
        hint={typed.hint}
        error={isEmpty ? typed.empty : undefined}
        value={text}
        onValue={setText}
        autocomplete="off"
        spellcheck={false}
      />
      <Button type="submit" wide>
        {typed.button}
      </Button>
    </form>
  );
}

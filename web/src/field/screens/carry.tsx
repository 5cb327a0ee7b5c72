import { useEffect, useRef, useState } from "preact/hooks";
import { type CarriedFile, Collector, readFile, saveFile, toFrames } from "../../offline/carry";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { QrScan, type QrScanWords } from "../../ui/qr-scan";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { carriedCounts, carriedFile, takeCarried } from "../carried";
import { Page } from "../page";
import { T, text } from "../words";
import "../style/carry.css";

/** One code stays this long: an old camera needs the time. */
const FRAME_MS = 700;

/**
 * Records leave a phone without signal by another phone: as a file, or as a series of codes on the screen. What is given was sealed at
 * the tap, so that it leaves without the PIN as well; another phone's are taken along only where the list is open.
 */
export default function Carry() {
  const { sync, phase } = useStore(app);
  return (
    <Page title={<T k="carryTitle" />} hasBack>
      <section class="section" aria-labelledby="carry-give">
        <h2 id="carry-give">
          <T k="carryGive" />
        </h2>
        <p>
          <T k="carryGiveText" />
        </p>
        {sync.waiting === 0 ? (
          <p>
            <T k="sentNoWaiting" />
          </p>
        ) : (
          <Give waiting={sync.waiting} />
        )}
      </section>
      {phase === "open" && (
        <section class="section" aria-labelledby="carry-take">
          <h2 id="carry-take">
            <T k="carryTake" />
          </h2>
          <p>
            <T k="carryTakeText" />
          </p>
          <Take />
        </section>
      )}
    </Page>
  );
}

function Give({ waiting }: { waiting: number }) {
  const [file, setFile] = useState<CarriedFile | null>(null);
  const [isShown, setShown] = useState(false);
  const [isKept, setKept] = useState(false);
  useEffect(() => {
    void carriedFile().then(setFile);
  }, [waiting]);

  // Pressed before the file is made, the button makes it: it must not do nothing.
  const keep = async () => {
    const made = file ?? (await carriedFile());
    if (!made) return;
    saveFile(made);
    setKept(true);
  };

  return (
    <>
      <p class="large">
        <T k="syncUnsent" p={{ n: waiting }} />
      </p>
      <Button look="primary" wide onClick={() => setShown(!isShown)}>
        <T k={isShown ? "carryHideQr" : "carryShowQr"} />
      </Button>
      {isShown && file && <Series file={file} />}
      <Button wide onClick={() => void keep()}>
        <T k="carryFile" />
      </Button>
      <p role="status">{isKept && <T k="sentKept" />}</p>
    </>
  );
}

/** The codes one after another, over and over; the number below says how far it is. */
function Series({ file }: { file: CarriedFile }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [frames, setFrames] = useState<string[]>([]);
  const [at, setAt] = useState(0);
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    void toFrames(file).then(setFrames);
  }, [file]);
  useEffect(() => {
    if (isHeld || frames.length < 2) return;
    const timer = setInterval(() => setAt((n) => (n + 1) % frames.length), FRAME_MS);
    return () => clearInterval(timer);
  }, [isHeld, frames]);
  const frame = frames[at % Math.max(1, frames.length)];
  useEffect(() => {
    if (!frame) return;
    void import("lean-qr").then(({ generate, correction }) => {
      if (canvas.current) {
        generate(frame, { maxCorrectionLevel: correction.M }).toCanvas(canvas.current);
      }
    });
  }, [frame]);
  if (!frame) return null;
  return (
    <div class="carry-series">
      <canvas
        ref={canvas}
        class="carry-qr"
        role="img"
        aria-label={text("carryQrLabel", { n: at + 1, all: frames.length })}
      />
      <p>
        <T k="carryQrLabel" p={{ n: at + 1, all: frames.length }} />
      </p>
      {frames.length > 1 && (
        <>
          <Button onClick={() => setHeld(!isHeld)}>
            <T k={isHeld ? "carryGoOn" : "carryHold"} />
          </Button>
          {isHeld && (
            <Button onClick={() => setAt((n) => (n + 1) % frames.length)}>
              <T k="carryNextQr" />
            </Button>
          )}
        </>
      )}
    </div>
  );
}

function Take() {
  const { sync } = useStore(app);
  const [said, setSaid] = useState<{ tone: "ok" | "warn"; words: string } | null>(null);
  const [progress, setProgress] = useState<{ n: number; total: number } | null>(null);
  const [isScanning, setScanning] = useState(false);
  const [counts, setCounts] = useState({ waiting: 0, sent: 0 });
  const collector = useRef(new Collector());
  useEffect(() => {
    void carriedCounts().then(setCounts);
  }, [sync.waiting, said]);

  const take = async (file: CarriedFile | null) => {
    if (!file) return setSaid({ tone: "warn", words: text("carryBad") });
    const fresh = await takeCarried(file);
    setSaid({
      tone: "ok",
      words: text("carryTaken", { n: file.items.length, fresh }),
    });
  };
  const hear = async (code: string) => {
    if (!collector.current.add(code)) return;
    const { read: n, total } = collector.current;
    setProgress({ n, total });
    const file = await collector.current.file();
    if (file) {
      collector.current = new Collector();
      setScanning(false);
      setProgress(null);
      await take(file);
    }
  };

  return (
    <>
      {said && <Banner tone={said.tone === "ok" ? "info" : "warn"} title={said.words} />}
      {isScanning ? (
        <QrScan words={scanWords()} onRead={(code) => void hear(code)} startsAtOnce hasNoTyping />
      ) : (
        <Button look="primary" wide onClick={() => setScanning(true)}>
          <T k="carryScan" />
        </Button>
      )}
      <p role="status">
        {progress && <T k="carryProgress" p={{ n: progress.n, all: progress.total }} />}
      </p>
      <label class="field carry-file">
        <span>
          <T k="carryChoose" />
        </span>
        <input
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen) void chosen.text().then(readFile).then(take);
            event.currentTarget.value = "";
          }}
        />
      </label>
      {counts.waiting + counts.sent > 0 && (
        <p role="status">
          <T k="carryCounts" p={{ waiting: counts.waiting, sent: counts.sent }} />
        </p>
      )}
    </>
  );
}

function scanWords(): QrScanWords {
  return {
    aim: text("carryAim"),
    start: text("carryScan"),
    stop: text("carryStop"),
    starting: text("carryStarting"),
    torchOn: text("carryTorchOn"),
    torchOff: text("carryTorchOff"),
    file: text("carryPhoto"),
    fileEmpty: text("carryPhotoEmpty"),
    problem: {
      denied: text("carryDenied"),
      none: text("carryNoCamera"),
      busy: text("carryBusy"),
      insecure: text("carryNoCamera"),
    },
    typed: { label: "", button: "", empty: "" },
  };
}

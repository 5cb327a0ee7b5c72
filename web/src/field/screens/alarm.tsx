import { useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app, go, sendNow } from "../app";
import type { OpenCall } from "../call";
import { drillPhase } from "../current";
import { clockTime, T, text } from "../words";
import { Call119, DistrictPhone } from "./contact";
import { DrillMark } from "./top";

/**
 * Calls for rescue that nobody has received fill the screen until they are received, taken back or put aside for a while: one at a
 * time, the oldest first, and each with its own words and its own putting aside.
 */
export function Alarm({ calls, onHide }: { calls: OpenCall[]; onHide: (ids: string[]) => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const [shownId, setShown] = useState<string | null>(null);
  const at = Math.max(
    0,
    calls.findIndex(({ id }) => id === shownId),
  );
  const call = calls[at] as OpenCall;
  const page = (step: number) => setShown(calls[(at + step) % calls.length]?.id ?? null);
  useEffect(() => heading.current?.focus(), [call.id]);
  return (
    <main class="alarm" aria-labelledby="alarm-title">
      {call.isDrill && <DrillMark isPlain />}
      <h1 id="alarm-title" ref={heading} tabIndex={-1}>
        <T k="alarmTitle" />
      </h1>
      {calls.length > 1 && (
        <div class="alarm-pages">
          <p class="alarm-count" role="status">
            <T k="alarmCount" p={{ n: at + 1, all: calls.length }} />
          </p>
          <Button onClick={() => page(1)}>
            <T k="alarmNext" />
          </Button>
        </div>
      )}
      <WhatToDo call={call} onReal={() => onHide(calls.map(({ id }) => id))} />
      <section class="alarm-call">
        <h2>
          <T k="alarmSince" p={{ time: clockTime(call.atMs) }} />
        </h2>
        {call.lines ? (
          <>
            <dl class="alarm-lines">
              {call.lines.map((line) => (
                <div key={line.about}>
                  <dt>
                    <T k={line.about} />
                  </dt>
                  <dd>{line.says}</dd>
                </div>
              ))}
            </dl>
            <QrCode
              words={call.lines.map((line) => `${text(line.about)}：${line.says}`).join("\n")}
            />
          </>
        ) : (
          <p>
            <T k="alarmLocked" />
          </p>
        )}
      </section>
      <div class="choices">
        <Button look="primary" icon="send" wide onClick={sendNow}>
          <T k="alarmAgain" />
        </Button>
        <Button wide onClick={() => onHide([call.id])}>
          <T k={calls.length > 1 ? "alarmHideOne" : "alarmHide"} />
        </Button>
      </div>
    </main>
  );
}

/** Whom to call. A drill's call sends nobody to 119; a call of which it is not sure that it is a drill's does. */
function WhatToDo({ call, onReal }: { call: OpenCall; onReal: () => void }) {
  const { current, nowMs } = useStore(app);
  if (!call.isDrill) {
    return (
      <>
        <p>
          <T k="alarmText" />
        </p>
        {drillPhase(current, nowMs) === "over" && (
          <p>
            <T k="alarmDrillOver" />
          </p>
        )}
        <div class="choices">
          <Call119 />
          <DistrictPhone />
        </div>
      </>
    );
  }
  return (
    <>
      <Banner tone="info" title={<T k="drillLong" />}>
        <T k="alarmDrill" />
      </Banner>
      <DistrictPhone />
      <Button
        look="danger"
        wide
        onClick={() => {
          onReal();
          go({ name: "real" });
        }}
      >
        <T k="notDrill" />
      </Button>
    </>
  );
}

/** The words as a QR code, so that any other phone can carry them. */
function QrCode({ words }: { words: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    let isGone = false;
    void import("lean-qr").then(({ generate }) => {
      if (isGone || !canvas.current) return;
      generate(words).toCanvas(canvas.current);
      setDrawn(true);
    });
    return () => {
      isGone = true;
    };
  }, [words]);
  return (
    <canvas
      ref={canvas}
      class={isDrawn ? "qr" : "qr qr-empty"}
      role="img"
      aria-label={text("alarmQr")}
    />
  );
}

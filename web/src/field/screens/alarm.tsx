import { useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { go, sendNow } from "../app";
import type { OpenCall } from "../call";
import { clockTime, T, text } from "../words";
import { Call119, DistrictPhone } from "./contact";

/** A call for rescue that nobody has received fills the screen until it is received, taken back or put aside for a while. */
export function Alarm({ call, onHide }: { call: OpenCall; onHide: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [call.id]);
  return (
    <main class="alarm" aria-labelledby="alarm-title">
      <h1 id="alarm-title" ref={heading} tabIndex={-1}>
        <T k="alarmTitle" />
      </h1>
      {call.isDrill ? (
        <>
          <Banner tone="info" title={<T k="drillLong" />}>
            <T k="alarmDrill" />
          </Banner>
          <DistrictPhone />
          <Button
            look="danger"
            wide
            onClick={() => {
              onHide();
              go({ name: "real" });
            }}
          >
            <T k="notDrill" />
          </Button>
        </>
      ) : (
        <>
          <p>
            <T k="alarmText" />
          </p>
          <div class="choices">
            <Call119 />
            <DistrictPhone />
          </div>
        </>
      )}
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
        <Button wide onClick={onHide}>
          <T k="alarmHide" />
        </Button>
      </div>
    </main>
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

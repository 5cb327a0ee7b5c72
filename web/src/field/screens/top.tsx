import { takeUpdate, update } from "../../offline/update";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { useStore } from "../../ui/store";
import { app, go, sendNow } from "../app";
import { openCalls } from "../call";
import { clockTime, T } from "../words";
import { DistrictPhone } from "./contact";

/** Invented people look like real ones: every page says so. */
export function DemoMark() {
  return (
    <p class="demo">
      <T k="demo" />
    </p>
  );
}

/** The strip that says on every page of a drill that it is one, with the way out of it; `isPlain`: which the page itself shows. */
export function DrillMark({ isOver = false, isPlain = false }) {
  const { view } = useStore(app);
  return (
    <>
      <div class="drill">
        <strong class="drill-word">
          <T k="drill" />
        </strong>
        {!isPlain && view.name !== "real" && (
          <Button class="drill-real" look="danger" onClick={() => go({ name: "real" })}>
            <T k="notDrill" />
          </Button>
        )}
      </div>
      {isOver && <Banner tone="warn" title={<T k="drillOver" />} />}
    </>
  );
}

/** What waits, in a word, a shape and a large number, and the button that sends it. Quiet when all is sent. */
export function SyncBar({ onAlarm }: { onAlarm: () => void }) {
  const state = useStore(app);
  const { sync } = state;
  const hasCall = openCalls(state).length > 0;
  if (sync.waiting === 0) {
    return sync.allSentAtMs === null ? null : (
      <p class="sync sync-done">
        <Icon name="ok" />
        <T k="syncAll" p={{ time: clockTime(sync.allSentAtMs) }} />
      </p>
    );
  }
  return (
    <section class={`sync ${hasCall ? "sync-call" : "sync-waiting"}`}>
      <div class="sync-head">
        <p class="sync-count">
          <Icon name={sync.isSending ? "send" : "wait"} />
          <strong>
            <T k="syncUnsent" p={{ n: sync.waiting }} />
          </strong>
        </p>
        <Button look="primary" icon="send" aria-busy={sync.isSending} onClick={sendNow}>
          <T k={sync.isSending ? "syncSending" : "syncNow"} />
        </Button>
      </div>
      {hasCall ? (
        <Button wide look="danger" icon="danger" onClick={onAlarm}>
          <T k="syncRescueShow" />
        </Button>
      ) : (
        <p class="sync-why">
          {sync.problem === null ? (
            <T k="syncSaved" />
          ) : sync.problem.status === null || sync.problem.status < 400 ? (
            <T k="syncNoAnswer" />
          ) : (
            <T k="syncRefused" p={{ status: sync.problem.status }} />
          )}
        </p>
      )}
    </section>
  );
}

/** The phone took no record: what to do instead, with the number to call. */
export function StorageFailed() {
  const { storageFailed } = useStore(app);
  if (!storageFailed) return null;
  return (
    <Banner tone="danger" title={<T k="storageFailed" />}>
      <DistrictPhone />
    </Banner>
  );
}

/** A newer version waits; it comes only when asked for. */
export function Notices() {
  const { worker, isWaiting } = useStore(update);
  return (
    <>
      {isWaiting && (
        <Banner tone="info" title={<T k="updateTitle" />}>
          <p>
            <T k="updateText" />
          </p>
          <Button wide onClick={takeUpdate}>
            <T k="updateTake" />
          </Button>
        </Banner>
      )}
      {worker === "unsupported" && (
        <Banner tone="warn" title={<T k="noOfflineTitle" />}>
          <T k="noOfflineText" />
        </Banner>
      )}
    </>
  );
}

import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { app, go, sendNow } from "../app";
import { keepAsFile } from "../carried";
import { payloadOf } from "../model";
import { Page } from "../page";
import { reasonKey } from "../vocabulary";
import { dayTime, T } from "../words";

/** What waits, what was set aside, and what arrived; and the way out when sending never succeeds. */
export function Sent() {
  const { records, sync } = useStore(app);
  const [isKept, setKept] = useState(false);
  const newest = [...records].reverse();
  return (
    <Page title={<T k="sentTitle" />} hasBack>
      <section class="section">
        <h2>
          <T k="sentWaiting" />
        </h2>
        {sync.waiting === 0 ? (
          <p>
            <T k="sentNoWaiting" />
          </p>
        ) : (
          <>
            <p class="large">
              <T k="syncUnsent" p={{ n: sync.waiting }} />
            </p>
            <Rows rows={newest.filter((row) => row.status === "waiting")} />
            <Button look="primary" icon="send" wide onClick={sendNow}>
              <T k="syncNow" />
            </Button>
            <p>
              <T k="sentKeepText" />
            </p>
            <Button wide onClick={() => void keepAsFile().then(() => setKept(true))}>
              <T k="sentKeep" />
            </Button>
            <p role="status">{isKept && <T k="sentKept" />}</p>
          </>
        )}
        <Button wide onClick={() => go({ name: "carry" })}>
          <T k="carryOpen" />
        </Button>
      </section>
      {newest.some((row) => row.status === "quarantined") && (
        <section class="section">
          <h2>
            <T k="sentAside" />
          </h2>
          <p>
            <T k="sentAsideText" />
          </p>
          <Rows rows={newest.filter((row) => row.status === "quarantined")} />
        </section>
      )}
      <section class="section">
        <h2>
          <T k="sentDone" />
        </h2>
        <Rows rows={newest.filter((row) => row.status === "stored")} />
      </section>
    </Page>
  );
}

function Rows({ rows }: { rows: ReturnType<typeof app.get>["records"] }) {
  return (
    <ul class="history">
      {rows.map((row) => {
        const outcome = payloadOf(row)?.outcome;
        return (
          <li key={row.id}>
            <time dateTime={new Date(row.atMs).toISOString()}>{dayTime(row.atMs)}</time>{" "}
            <T k={`kind_${row.envelope.kind}`} />
            {outcome && (
              <>
                ：<T k={`state_${outcome}`} />
              </>
            )}
            {row.status === "quarantined" && (
              <p>
                <T k={reasonKey(row.reason)} />
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

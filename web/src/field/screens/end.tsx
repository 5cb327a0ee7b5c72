import { useEffect, useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { peopleNow } from "../actions";
import { app, go, sendNow } from "../app";
import { confirmed } from "../model";
import { Page } from "../page";
import { clockTime, T } from "../words";

/** The last page of a day: whether everything has been received, and when. */
export function End() {
  const { sync } = useStore(app);
  const people = peopleNow();
  const done = confirmed(people);
  return (
    <Page title={<T k="endTitle" />} hasBack>
      {sync.waiting === 0 ? (
        <Banner
          tone="ok"
          title={
            sync.allSentAtMs === null ? (
              <T k="endedNone" />
            ) : (
              <T k="syncAll" p={{ time: clockTime(sync.allSentAtMs) }} />
            )
          }
        />
      ) : (
        <Banner tone="warn" title={<T k="endUnsentTitle" p={{ n: sync.waiting }} />}>
          <p>
            <T k="endUnsentText" />
          </p>
          <Button look="primary" icon="send" wide onClick={sendNow}>
            <T k="syncNow" />
          </Button>
        </Banner>
      )}
      {people.length > 0 && (
        <p>
          <T k="endDone" p={{ done, all: people.length }} />
        </p>
      )}
      <KeepHint />
      <Button wide onClick={() => go({ name: "list" })}>
        <T k="toList" />
      </Button>
    </Page>
  );
}

/** Browsers may empty the storage of a page that was not asked to stay; the home screen makes it stay. */
function KeepHint() {
  const [isKept, setKept] = useState(true);
  useEffect(() => {
    void navigator.storage?.persisted?.().then(setKept);
  }, []);
  if (isKept) return null;
  return (
    <p>
      <T k="installText" />
    </p>
  );
}

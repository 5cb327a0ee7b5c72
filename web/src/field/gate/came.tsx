import { useEffect, useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { QrScan } from "../../ui/qr-scan";
import { useStore } from "../../ui/store";
import { app, currentOnPhone, goHome, workIn } from "../app";
import { currentOfEvent } from "../current";
import { Choice, Page } from "../page";
import { attend, attendBack } from "./acts";
import { actsAt, venueIn } from "./model";
import { scanWords } from "./scan";
import { G, gtext } from "./words";

/** 「参加しました」: a volunteer says on her own phone that she came to a drill's venue. */
export function Came({ venue: named }: { venue: string | null }) {
  const { bundle, records, device } = useStore(app);
  const [isScanning, setScanning] = useState(false);
  const [isUnknown, setUnknown] = useState(false);
  const drills = bundle?.drills ?? [];
  const event = drills[0]?.event;
  useEffect(() => {
    // Without a round of her own, a real call out of the drill names the drill: it is filed in the standing round.
    if (event && !currentOnPhone()) workIn(currentOfEvent(event));
  }, [event?.id]);
  const all = drills.flatMap((drill) => drill.venues.map((venue) => ({ drill, venue })));
  const done = all.find(({ venue }) => actsAt(venue.id, records).length > 0);
  const poster = all.find(({ venue }) => venue.id === named);

  async function say(venueId: string) {
    const known = all.find(({ venue }) => venue.id === venueId);
    setUnknown(!known);
    setScanning(false);
    if (!known) return;
    const volunteer_id = device?.volunteer?.id;
    await attend(
      known.drill.event,
      {
        venue_id: venueId,
        kind: "person",
        way: "own_phone",
        ...(volunteer_id ? { volunteer_id } : { name: bundle?.volunteer.name ?? "" }),
      },
      gtext("cameDone", { venue: known.venue.name }),
    );
  }

  if (done) {
    const act = actsAt(done.venue.id, records)[0];
    return (
      <Page title={<G k="cameTitle" />} hasBack>
        <Banner tone="ok" title={<G k="cameDone" p={{ venue: done.venue.name }} />} />
        <div class="menu">
          <Button wide look="primary" onClick={goHome}>
            OK
          </Button>
          {act && (
            <Button wide icon="undo" onClick={() => void attendBack(done.drill.event, act)}>
              <G k="undo" />
            </Button>
          )}
        </div>
      </Page>
    );
  }
  return (
    <Page title={<G k="cameTitle" />} hasBack>
      {all.length === 0 ? (
        <Banner tone="info" title={<G k="cameNone" />} />
      ) : (
        <p>
          <G k="cameText" />
        </p>
      )}
      {(isUnknown || (named && !poster && all.length > 0)) && (
        <Banner tone="warn" title={<G k="cameUnknown" />} />
      )}
      {isScanning ? (
        <QrScan
          words={{ ...scanWords(), aim: gtext("cameScan") }}
          startsAtOnce
          hasNoTyping
          onRead={(text) => void say(venueIn(text) ?? "")}
        />
      ) : (
        all.length > 0 && (
          <Button wide look="primary" onClick={() => setScanning(true)}>
            <G k="cameScan" />
          </Button>
        )
      )}
      <div class="section choices">
        {(poster ? [poster] : all).map(({ drill, venue }) => (
          <Choice
            key={venue.id}
            icon="ok"
            hint={drill.event.name}
            onClick={() => void say(venue.id)}
          >
            {venue.name}
            {"　"}
            <G k="cameButton" />
          </Choice>
        ))}
      </div>
    </Page>
  );
}

import { useRef, useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { QrScan, type QrScanWords } from "../../ui/qr-scan";
import { Page } from "../page";
import { attend } from "./acts";
import { to } from "./home";
import { holderOf, isCard, plainCode } from "./model";
import type { AtGate } from "./use-gate";
import { G, gtext } from "./words";

export function scanWords(): QrScanWords {
  return {
    aim: gtext("scanAim"),
    start: gtext("scanStart"),
    stop: gtext("scanStop"),
    starting: gtext("scanStarting"),
    torchOn: gtext("torchOn"),
    torchOff: gtext("torchOff"),
    file: gtext("scanFile"),
    fileEmpty: gtext("scanFileEmpty"),
    problem: {
      denied: gtext("scanDenied"),
      none: gtext("scanNoCamera"),
      busy: gtext("scanBusy"),
      insecure: gtext("scanInsecure"),
    },
    typed: {
      label: gtext("scanTyped"),
      hint: gtext("scanTypedHint"),
      button: gtext("scanTypedButton"),
      empty: gtext("scanTypedEmpty"),
    },
  };
}

/** A card's code as a page's id: what a card page is about. */
export const CARD = "card:";

/** Reads cards: at a shelter one leads to its holder's page, at a venue each is recorded and the camera goes on. */
export function ScanPage({ at }: { at: AtGate }) {
  const { venue, places } = at.gate;
  const isVenue = venue !== null && places.length === 0;
  const [said, setSaid] = useState<string | null>(null);
  const [isWrong, setWrong] = useState(false);
  const read = useRef(new Set<string>());

  async function onRead(code: string) {
    setWrong(!isCard(code));
    if (!isCard(code)) return setSaid(gtext("scanOther"));
    const person = await holderOf(at.gate.people, code);
    const plain = plainCode(code);
    if (!isVenue) return to("receive", person ? person.id : `${CARD}${plain}`);
    if (!venue) return;
    const who = person?.name;
    if (read.current.has(plain)) {
      return setSaid(
        gtext("attendedTwice", { who: who ?? gtext("cardGuest", { code: short(plain) }) }),
      );
    }
    const words = who ? gtext("attended", { who }) : gtext("attendedCard");
    const whom = person ? { person_id: person.id, card: plain } : { card: plain };
    const isKept = await attend(
      at.gate.event,
      { venue_id: venue.id, kind: "person", ...whom, way: "card" },
      words,
    );
    if (!isKept) return;
    read.current.add(plain);
    setSaid(words);
  }

  return (
    <Page title={<G k="scanTitle" />} hasBack>
      {said && <Banner tone={isWrong ? "warn" : "ok"} title={said} />}
      <QrScan words={scanWords()} onRead={(code) => void onRead(code)} startsAtOnce={isVenue} />
      {isVenue && (
        <Button wide icon="undo" onClick={() => to("acts")}>
          <G k="venueActs" />
        </Button>
      )}
    </Page>
  );
}

export function short(code: string): string {
  return `…${code.slice(-4)}`;
}

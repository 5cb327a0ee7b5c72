import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { hiragana } from "../model";
import { Page } from "../page";
import { dayTime } from "../words";
import { takeBack } from "./acts";
import { to } from "./home";
import { type Guest, leftBy } from "./model";
import type { AtGate } from "./use-gate";
import { G, gtext, type Key } from "./words";

/** Who is here: the way to let somebody leave. */
export function HereList({ at }: { at: AtGate }) {
  const { records } = useStore(app);
  const [query, setQuery] = useState("");
  const fold = (text: string) => hiragana(text).replace(/\s/g, "");
  const wanted = fold(query);
  const shown = at.guests.filter((guest) => fold(guest.name + guest.kana).includes(wanted));
  const left = leftBy(at.gate, records);
  const names = new Map(at.gate.people.map((person) => [person.id, person.name]));
  return (
    <Page
      title={
        <>
          <G k="hereTitle" />{" "}
          <span class="progress">
            <G k="people" p={{ n: at.guests.length }} />
          </span>
        </>
      }
      hasBack
    >
      {at.guests.length === 0 ? (
        <p class="empty">
          <G k="hereEmpty" />
        </p>
      ) : (
        <search>
          <Field
            label={<G k="hereFilter" />}
            type="search"
            value={query}
            onValue={setQuery}
            autocomplete="off"
          />
        </search>
      )}
      <ul class="gate-list">
        {shown.map((guest) => (
          <li key={guest.key}>
            <Button wide onClick={() => to("guest", guest.key)}>
              <GuestWords guest={guest} />
            </Button>
          </li>
        ))}
      </ul>
      {left.length > 0 && (
        <section class="section">
          <h2>
            <G k="leftTitle" />
          </h2>
          <ul class="gate-list">
            {left.map((item) => {
              const said = item.envelope.payload as { person_id?: string };
              return (
                <li key={item.id} class="gate-left">
                  <span>
                    {names.get(said.person_id ?? "") ?? gtext("nameless")}
                    <small class="choice-hint">{dayTime(item.atMs)}</small>
                  </span>
                  <Button icon="undo" onClick={() => void takeBack(at.gate, item)}>
                    <G k="undo" />
                  </Button>
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </Page>
  );
}

export function GuestWords({ guest }: { guest: Guest }) {
  return (
    <>
      {guest.name || guest.kana || gtext("nameless")}
      {guest.isWaiting && (
        <strong class="gate-tag gate-tag-warn">
          <G k="waiting" />
        </strong>
      )}
      {guest.isContested && (
        <strong class="gate-tag gate-tag-warn">
          <G k="contested" />
        </strong>
      )}
      {guest.isOutTonight && (
        <strong class="gate-tag">
          <G k="outTonight" />
        </strong>
      )}
      <small class="choice-hint">
        <G k={`stay_${guest.stayType}` as Key} />
        {"　"}
        <G k="since" p={{ time: dayTime(guest.sinceMs) }} />
      </small>
    </>
  );
}

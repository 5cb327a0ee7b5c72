import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { TypeLines } from "../parts/type-lines";
import type { Params } from "../places";
import { go, href } from "../router";
import { parseCount } from "../sheet-keys";
import { words } from "../words";

/** Sheets that came back: the number, then line by line by keyboard alone. */
export default function TypeSheet({ serial }: Params) {
  const w = useWords(words);
  const [number, setNumber] = useState(serial ?? "");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The desk has a pile of paper before it: the number can be typed at once.
    if (!serial) form.current?.querySelector("input")?.focus();
  }, [serial]);

  function open(event: Event) {
    event.preventDefault();
    const n = parseCount(number);
    if (n !== null) go(href("sheets", String(n)));
  }

  return (
    <>
      <PageTitle title={w.text("type.title")} />
      <form ref={form} class="filters filters-go" onSubmit={open}>
        <Field
          label={w.text("type.serial")}
          hint={w.text("type.serial.hint")}
          inputMode="numeric"
          value={number}
          onValue={setNumber}
          maxLength={10}
          autocomplete="off"
          required
        />
        <div class="field">
          <Button look={serial ? "plain" : "primary"} type="submit">
            {w.text("type.open")}
          </Button>
        </div>
      </form>
      {serial && <Sheet serial={Number(serial)} />}
    </>
  );
}

function Sheet({ serial }: { serial: number }) {
  const asked = useAsk(`sheet/${serial}`, () =>
    api.GET("/sheets/{serial}", { params: { path: { serial } } }),
  );
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  return <TypeLines sheet={asked.data} again={asked.again} />;
}

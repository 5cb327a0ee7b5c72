import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Radios, Select } from "../../ui/choices";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { dayTime } from "../format";
import { words } from "../words";
import { InviteSheet } from "./invite-sheet";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { SvgImage } from "./svg-image";
import { When } from "./when";

type Desk = components["schemas"]["Desk"];
type Invite = components["schemas"]["Invite"];

/** Where desks stand: at a shelter's door, or at a drill's venue. */
export interface DeskPlace {
  eventId: string;
  name: string;
  site?: string;
  venue?: string;
}

/** The reception's phones of one place: a desk is opened, phones are invited to it, it is closed. */
export function Desks({ place }: { place: DeskPlace }) {
  const w = useWords(words);
  const asked = useAsk(`desks/${place.eventId}`, () =>
    api.GET("/events/{id}/desks", { params: { path: { id: place.eventId } } }),
  );
  const [opening, setOpening] = useState(false);
  const [invite, setInvite] = useState<Invite | null>(null);
  const act = useAct();
  const rows = (asked.data?.items ?? []).filter((desk) =>
    place.venue ? desk.venue_id === place.venue : desk.site_id === place.site && !desk.venue_id,
  );

  async function ask(desk: Desk) {
    const told = await act.run(() =>
      api.POST("/desks/{id}/invites", { params: { path: { id: desk.id } } }),
    );
    if (told?.ok) setInvite(told.data);
  }
  async function close(desk: Desk) {
    const told = await act.run(() =>
      api.POST("/desks/{id}/close", { params: { path: { id: desk.id } } }),
    );
    if (!told?.ok) return;
    announce(w.text("desk.closed.said", { name: desk.label }));
    await asked.again();
  }

  return (
    <section class="card">
      <h2>{w.text("desks.title")}</h2>
      <p>{w.text("desks.words")}</p>
      <ProblemBanner problem={act.problem ?? asked.problem} />
      {!asked.data ? (
        <Waiting problem={null} />
      ) : (
        <Table
          caption={w.text("desks.table")}
          rows={rows}
          rowKey={(desk) => desk.id}
          empty={w.text("desks.empty")}
          columns={[
            {
              key: "label",
              label: w.text("desk.label"),
              cell: (desk) => (
                <>
                  {desk.label}
                  <small class="under">
                    {desk.districts.map((d) => d.name).join("・")}
                    {desk.gate_list === "none" && `　${w.text("desk.no_list")}`}
                  </small>
                </>
              ),
            },
            {
              key: "until",
              label: w.text("desk.until"),
              cell: (desk) =>
                desk.is_open ? dayTime(desk.ends_at, w.lang) : w.text("desk.is_over"),
            },
            {
              key: "devices",
              label: w.text("desk.devices"),
              cell: (desk) => <Devices desk={desk} />,
            },
            {
              key: "act",
              label: w.text("shelter.act"),
              cell: (desk) =>
                desk.is_open && (
                  <span class="tags">
                    <Button
                      aria-label={w.text("desk.invite.of", { name: desk.label })}
                      aria-busy={act.busy}
                      onClick={() => void ask(desk)}
                    >
                      {w.text("desk.invite")}
                    </Button>
                    <Button
                      look="quiet"
                      aria-label={w.text("desk.close.of", { name: desk.label })}
                      aria-busy={act.busy}
                      onClick={() => void close(desk)}
                    >
                      {w.text("desk.close")}
                    </Button>
                  </span>
                ),
            },
          ]}
        />
      )}
      <div class="actions">
        <Button icon="add" onClick={() => setOpening(true)}>
          {w.text("desk.open")}
        </Button>
      </div>
      {opening && (
        <OpenDesk
          place={place}
          onClose={() => setOpening(false)}
          onDone={async (desk) => {
            setOpening(false);
            await asked.again();
            await ask(desk);
          }}
        />
      )}
      {invite && (
        <Dialog
          title={w.text("desk.invite.title", { name: place.name })}
          onClose={() => setInvite(null)}
        >
          <InviteSheet
            invite={invite}
            title={w.text("desk.invite.title", { name: place.name })}
            onClose={() => {
              setInvite(null);
              void asked.again();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

function Devices({ desk }: { desk: Desk }) {
  const w = useWords(words);
  if (desk.devices.length === 0) return <>{w.text("desk.devices.none")}</>;
  return (
    <ul class="plain">
      {desk.devices.map((device) => (
        <li key={device.id}>
          {device.label || w.text("desk.device")}{" "}
          <small>
            {device.last_contact_at ? (
              <When at={device.last_contact_at} age />
            ) : (
              w.text("desk.device.never")
            )}
            {device.held_items > 0 && `　${w.text("desk.device.holds", { n: device.held_items })}`}
          </small>
        </li>
      ))}
    </ul>
  );
}

const HOURS = ["12", "24", "48", "72"];

function OpenDesk(props: {
  place: DeskPlace;
  onClose: () => void;
  onDone: (desk: Desk) => Promise<void>;
}) {
  const w = useWords(words);
  const { place } = props;
  const [id] = useState(uuidv7);
  const [label, setLabel] = useState("");
  const [hours, setHours] = useState("24");
  const [list, setList] = useState<"lawful" | "none">("lawful");
  const act = useAct();
  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/events/{id}/desks", {
        params: { path: { id: place.eventId } },
        body: {
          id,
          site_id: place.site ?? null,
          venue_id: place.venue ?? null,
          label,
          gate_list: list,
          hours: Number(hours),
        },
      }),
    );
    if (told?.ok) await props.onDone(told.data);
  }
  return (
    <Dialog title={w.text("desk.open.title", { name: place.name })} onClose={props.onClose}>
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} />
        <Field
          label={w.text("desk.label")}
          hint={w.text("desk.label.hint", { name: place.name })}
          value={label}
          onValue={setLabel}
          maxLength={100}
        />
        <Select
          label={w.text("desk.hours")}
          value={hours}
          onValue={setHours}
          options={HOURS.map((value) => ({ value, label: w.text("desk.hours.n", { n: value }) }))}
        />
        <Radios<"lawful" | "none">
          label={w.text("desk.list")}
          value={list}
          onValue={setList}
          options={(["lawful", "none"] as const).map((value) => ({
            value,
            label: w.text(`desk.list.${value}`),
            hint: w.text(`desk.list.${value}.hint`),
          }))}
        />
        <div class="actions">
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("desk.open.submit")}
          </Button>
          <Button onClick={props.onClose}>{w.text("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The venue's poster: whoever comes says so on her own phone. */
export function PosterNote({ venue }: { venue: { id: string; name: string } }) {
  const w = useWords(words);
  const [svg, setSvg] = useState<string | null>(null);
  async function show() {
    const { generate } = await import("lean-qr");
    const { toSvgSource } = await import("lean-qr/extras/svg");
    setSvg(toSvgSource(generate(`${location.origin}/field/#v=${venue.id}`), { on: "black" }));
  }
  return (
    <>
      <Button onClick={() => void show()}>{w.text("poster.show")}</Button>
      {svg && (
        <Dialog title={w.text("poster.title", { name: venue.name })} onClose={() => setSvg(null)}>
          <Poster svg={svg} name={venue.name} />
          <div class="actions">
            <Button look="primary" onClick={() => print()}>
              {w.text("print")}
            </Button>
            <Button onClick={() => setSvg(null)}>{w.text("close")}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Poster({ svg, name }: { svg: string; name: string }) {
  const w = useWords(words);
  return (
    <div class="print-me invite">
      <Banner tone="warn" title={w.text("poster.mark")} />
      <p class="print-only">{name}</p>
      <SvgImage class="qr" svg={svg} alt={w.text("poster.qr", { name })} />
      <p>{w.text("poster.how")}</p>
    </div>
  );
}

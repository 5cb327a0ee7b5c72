import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { learnCity, session } from "../session";
import { words } from "../words";

type Settings = components["schemas"]["CitySettings"];

/** 市の設定: what the city is called and whom its people call. The administrator writes, crisis staff look. */
export default function City() {
  const w = useWords(words);
  const isMine = useStore(session).account?.role === "admin";
  const asked = useAsk("city", () => api.GET("/city"));
  return (
    <>
      <PageTitle title={w.text("city.title")} />
      <p>{w.text("city.words")}</p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : isMine ? (
        <Form settings={asked.data} />
      ) : (
        <Facts settings={asked.data} />
      )}
    </>
  );
}

function Form({ settings }: { settings: Settings }) {
  const w = useWords(words);
  const [stated, setStated] = useState(settings);
  const [isSaved, setSaved] = useState(false);
  const act = useAct();
  const { districts } = stated;
  const own = districts.filter((d) => d.phone !== "").length;
  // Typing away the last number must not fold the box over the hand that types.
  const [wasOpen] = useState(own > 0);

  function change(what: Partial<Settings>) {
    setSaved(false);
    setStated((was) => ({ ...was, ...what }));
  }

  async function submit(event: Event) {
    event.preventDefault();
    setSaved(false);
    const body = {
      name: stated.name,
      lg_code: stated.lg_code,
      phone: stated.phone,
      districts: districts.map(({ id, phone }) => ({ id, phone })),
    };
    const told = await act.run(() => api.PUT("/city", { body }));
    if (!told?.ok) return;
    setStated(told.data);
    setSaved(true);
    announce(w.text("city.saved"));
    await learnCity();
  }

  const pointers = districts.map((_, n) => `/districts/${n}/phone`);
  return (
    <form class="form" onSubmit={submit} noValidate>
      <ProblemBanner problem={act.problem} shown={["/name", "/lg_code", "/phone", ...pointers]} />
      <Field
        label={w.text("city.name")}
        hint={w.text("city.name.hint")}
        error={fieldError(act.problem, "/name")}
        value={stated.name}
        onValue={(name) => change({ name })}
        maxLength={100}
      />
      <Field
        label={w.text("city.lg_code")}
        hint={w.text("city.lg_code.hint")}
        error={fieldError(act.problem, "/lg_code")}
        value={stated.lg_code}
        onValue={(lg_code) => change({ lg_code })}
        inputMode="numeric"
        maxLength={20}
      />
      <Field
        label={w.text("city.phone")}
        hint={
          <>
            {w.text("city.phone.hint")}
            {stated.phone === "" && stated.started_with_phone && (
              <> {w.text("city.phone.started", { phone: stated.started_with_phone })}</>
            )}
          </>
        }
        error={fieldError(act.problem, "/phone")}
        value={stated.phone}
        onValue={(phone) => change({ phone })}
        type="tel"
        maxLength={40}
      />
      <details class="more" open={wasOpen}>
        <summary>{w.text("city.districts", { n: own })}</summary>
        <p>{w.text(districts.length === 0 ? "city.districts.none" : "city.districts.words")}</p>
        <div class="numbers">
          {districts.map((district, n) => (
            <Field
              key={district.id}
              label={w.text("city.district.phone", { name: district.name })}
              error={fieldError(act.problem, `/districts/${n}/phone`)}
              value={district.phone}
              onValue={(phone) =>
                change({
                  districts: districts.map((d) => (d.id === district.id ? { ...d, phone } : d)),
                })
              }
              type="tel"
              maxLength={40}
            />
          ))}
        </div>
      </details>
      {isSaved && (
        <Banner tone="ok" title={w.text("city.saved")}>
          <p>{w.text("city.saved.words")}</p>
        </Banner>
      )}
      <Button look="primary" type="submit" aria-busy={act.busy}>
        {w.text("city.save")}
      </Button>
    </form>
  );
}

function Facts({ settings }: { settings: Settings }) {
  const w = useWords(words);
  const own = settings.districts.filter((d) => d.phone !== "");
  const facts: [string, string][] = [
    [w.text("city.name"), settings.name],
    [w.text("city.lg_code"), settings.lg_code],
    [w.text("city.phone"), settings.phone || (settings.started_with_phone ?? "")],
    ...own.map((d): [string, string] => [w.text("city.district.phone", { name: d.name }), d.phone]),
  ];
  return (
    <>
      <p>{w.text("city.read_only")}</p>
      <dl class="facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value || w.text("none")}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

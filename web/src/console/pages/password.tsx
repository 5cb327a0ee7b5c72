import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { PageTitle } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { homeOf } from "../places";
import { go } from "../router";
import { passwordChanged, session } from "../session";
import { words } from "../words";

/** The own log-in: who one is, and another password. The first log-in ends here until it is changed. */
export default function Password() {
  const w = useWords(words);
  const { account, mustChange, recoveryCodesLeft } = useStore(session);
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [isDone, setDone] = useState(false);
  const act = useAct();
  if (!account) return null;
  const { role } = account;

  async function submit(event: Event) {
    event.preventDefault();
    const wasForced = mustChange;
    const told = await act.run(() =>
      api.POST("/session/password", { body: { current, password } }),
    );
    if (!told?.ok) return;
    setCurrent("");
    setPassword("");
    setDone(true);
    passwordChanged();
    if (wasForced) go(homeOf(role), true);
  }

  return (
    <div class="form">
      <PageTitle title={w.text("password.title")} />
      {mustChange && (
        <Banner tone="warn" title={w.text("password.must")}>
          <p>{w.text("password.must.words")}</p>
        </Banner>
      )}
      <dl class="facts">
        <div>
          <dt>{w.text("password.name")}</dt>
          <dd>{account.name}</dd>
        </div>
        <div>
          <dt>{w.text("password.role")}</dt>
          <dd>{w.text(`role.${role}` as "role.admin")}</dd>
        </div>
        {account.districts.length > 0 && (
          <div>
            <dt>{w.text("district")}</dt>
            <dd>{account.districts.map((d) => d.name).join(w.text("list.comma"))}</dd>
          </div>
        )}
        {recoveryCodesLeft !== null && (
          <div>
            <dt>{w.text("password.codes")}</dt>
            <dd>{w.text("password.codes.left", { n: recoveryCodesLeft })}</dd>
          </div>
        )}
      </dl>
      {isDone && <Banner tone="ok" title={w.text("password.done")} />}
      <ProblemBanner problem={act.problem} shown={["/current", "/password"]} />
      <form onSubmit={submit}>
        <Field
          label={w.text("password.current")}
          error={fieldError(act.problem, "/current")}
          value={current}
          onValue={setCurrent}
          type="password"
          autocomplete="current-password"
          required
        />
        <Field
          label={w.text("password.new")}
          hint={w.text("password.new.hint")}
          error={fieldError(act.problem, "/password")}
          value={password}
          onValue={setPassword}
          type="password"
          autocomplete="new-password"
          required
        />
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("password.submit")}
        </Button>
      </form>
    </div>
  );
}

import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { save } from "../save";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** The round as a table to take away. The server asks for the second factor and writes down who took it. */
export function ExportRound({ id }: { id: string }) {
  const w = useWords(words);
  const act = useAct();

  async function take(format: "csv" | "xlsx") {
    let name = `round.${format}`;
    const told = await act.run(async () => {
      const { data, error, response } = await api.GET("/rounds/{id}/export", {
        params: { path: { id }, query: { format } },
        parseAs: "blob",
      });
      name =
        /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? name;
      return { data: data as unknown as Blob, error, response };
    });
    if (told?.ok) save(told.data, name);
  }

  return (
    <>
      <ProblemBanner problem={act.problem} />
      <p class="actions">
        <Button onClick={() => void take("csv")} aria-busy={act.busy}>
          {w.text("export.csv")}
        </Button>
        <Button onClick={() => void take("xlsx")} aria-busy={act.busy}>
          {w.text("export.xlsx")}
        </Button>
      </p>
      <p class="small">{w.text("export.note")}</p>
    </>
  );
}

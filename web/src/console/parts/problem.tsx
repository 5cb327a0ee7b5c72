import { type Problem, slugOf } from "../../api/client";
import { Banner } from "../../ui/banner";
import { useWords } from "../../ui/words";
import { generalErrors } from "../ask";
import { words } from "../words";

/** What went wrong, in the server's words (Japanese); `shown` are the fields that say their own error. */
export function ProblemBanner({
  problem,
  shown = [],
}: {
  problem: Problem | null;
  shown?: string[];
}) {
  const w = useWords(words);
  if (!problem) return null;
  const errors = generalErrors(problem, shown);
  const title = slugOf(problem) === "unreachable" ? "problem.unreachable.title" : "problem.title";
  return (
    <Banner tone="danger" title={w.text(title)}>
      <p lang={problem.status === 0 ? undefined : "ja"}>{problem.detail}</p>
      {errors.length > 0 && (
        <ul lang="ja">
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
      {problem.instance && (
        <p class="small">{w.text("problem.instance", { id: problem.instance })}</p>
      )}
    </Banner>
  );
}

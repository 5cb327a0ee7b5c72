import { rubyRuns, withoutRuby } from "./index";

/** Words that やさしい日本語 replaces (入管庁・文化庁 guideline 2020, 静岡県 list), with what to say instead. */
export const BANNED: Readonly<Record<string, string>> = {
  無事: "だいじょうぶ",
  不在: "いませんでした",
  圏外: "電波が ありません",
  未送信: "まだ 送っていません",
  至急: "すぐに",
  速やか: "すぐに",
  直ちに: "すぐに",
  搬送: "はこびます",
  要救助: "助けが いります",
  避難行動: "にげること",
  該当: "あてはまる",
  実施: "します",
  及び: "と",
  または: "か",
  同期: "送ります",
  サーバー: "役所の コンピューター",
  エラー: "うまく できません",
  キャンセル: "やめます",
  ダウンロード: "電話に 入れます",
  アクセス: "見ます",
  ないわけでは: "二重否定を さける",
  なくはない: "二重否定を さける",
};

const KANJI = /[\u4e00-\u9fff々〆]/g;

/** What is hard about one entry of a `ja-easy` catalogue; empty when nothing is. Alerts are held to 4 kanji a sentence. */
export function hardParts(key: string, marked: string): string[] {
  const complaints: string[] = [];
  const bare = rubyRuns(marked)
    .filter((run): run is string => typeof run === "string")
    .join("");
  const naked = bare.match(KANJI);
  if (naked) complaints.push(`${key}: ${naked.join("")} に ふりがなが ありません`);
  const plain = withoutRuby(marked);
  for (const [word, instead] of Object.entries(BANNED)) {
    if (plain.includes(word)) complaints.push(`${key}: 「${word}」は「${instead}」`);
  }
  const most = key.startsWith("alert") ? 4 : 13;
  for (const sentence of plain.split(/[。！？\n]/)) {
    const kanji = sentence.match(KANJI)?.length ?? 0;
    if (kanji > most) complaints.push(`${key}: 漢字が ${kanji}字（${most}字まで）: ${sentence}`);
    if (sentence.length > 45)
      complaints.push(`${key}: 文が 長い（${sentence.length}字）: ${sentence}`);
  }
  return complaints;
}

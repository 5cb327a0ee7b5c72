const ja = {
  title: "まちもり 災害対策本部",
  "login.name": "ログイン名",
  "login.password": "パスワード",
  "login.totp": "確認コード（6けた）",
  "login.totp.hint": "認証アプリに出ている数字です。",
  "login.recovery": "紙の回復コード",
  "login.recovery.hint": "印刷して保管している10文字のコードです。一つにつき一度だけ使えます。",
  "login.submit": "ログイン",
  "login.busy": "確かめています…",
  "login.failed": "ログインできませんでした",
  "login.use.recovery": "認証アプリが使えないとき（紙の回復コード）",
  "login.use.totp": "認証アプリの確認コードを使う",
};

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;

import { describe, expect, it } from "vitest";
import { inChinese } from "./server-words";

describe("the server's words in Chinese", () => {
  it("are those of a whole text", () => {
    expect(inChinese("There is no such credential.")).toBe("没有这个凭据。");
    expect(inChinese("weight must be a whole number from 1 to 100.")).toBe("weight 必须是 1 到 100 的整数。");
  });
  it("leave what xAI says as xAI says it", () => {
    expect(inChinese("out of credit at xAI: Your team has used all credits: see console.x.ai")).toBe(
      "xAI 余额不足：Your team has used all credits: see console.x.ai",
    );
    expect(inChinese("rate limit of grok-4: Too many requests (retry later)")).toBe(
      "grok-4 达到速率限制：Too many requests (retry later)",
    );
    expect(inChinese("xAI does not know this key (400): Incorrect API key provided: xa***ey.")).toBe(
      "xAI 不认识该密钥（400）：Incorrect API key provided: xa***ey.",
    );
  });
  it("retell words within words", () => {
    expect(inChinese("it is the same as line 3")).toBe("与第 3 行相同");
    expect(inChinese("on being asked: xAI blocked the team")).toBe("查询得知：xAI 封禁了该团队");
    expect(inChinese("'weight': input should be greater than or equal to 1.")).toBe("“weight”：不能小于 1。");
    expect(inChinese("an unclear answer (HTTP 418): teapot")).toBe("无法判断的响应（HTTP 418）：teapot");
    expect(inChinese("the sign-in service gave no answer that could be used (HTTP 502: bad (very))")).toBe(
      "登录服务未返回可用的响应（HTTP 502: bad (very)）",
    );
    expect(inChinese("refreshed; good until 2027-01-31 12:00:00 UTC")).toBe("已刷新，有效期至 2027-01-31 12:00:00 UTC");
    expect(inChinese("the proxy refuses the login (407) (http://127.0.0.1:8080)")).toBe(
      "代理拒绝登录（407）（http://127.0.0.1:8080）",
    );
    expect(inChinese("this key is already in the pool: cred_1 (main)")).toBe("该密钥已在池中：cred_1 (main)");
  });
  it("know the settings of older releases", () => {
    expect(
      inChinese(
        'config.toml: grok.stream is deprecated and has no effect: only a request with "stream": true is streamed.',
      ),
    ).toBe('config.toml：grok.stream 已弃用且不起作用：只有请求中写明 "stream": true 才会流式返回。');
    expect(inChinese("config.toml: retry.max_retry, retry.max_retries are now grok.max_retry.")).toBe(
      "config.toml：retry.max_retry, retry.max_retries 现为 grok.max_retry。",
    );
  });
  it("go paragraph by paragraph", () => {
    expect(inChinese("There is no such job.\n\nNobody has words for this.")).toBe(
      "没有这个任务。\n\nNobody has words for this.",
    );
  });
  it("finish what the server began in Chinese", () => {
    expect(inChinese("凭据“main”已停用：xAI does not know this key: no such key")).toBe(
      "凭据“main”已停用：xAI 不认识该密钥：no such key",
    );
  });
  it("hide nothing that there are no words for", () => {
    for (const text of [
      "",
      "已保存",
      "Nobody has words for this: not at all (never)",
      "(",
      ": ",
      `${"a: (".repeat(900)})`,
    ])
      expect(inChinese(text)).toBe(text);
  });
  it("take a value as it is, whatever stands in it", () => {
    expect(inChinese("There is no client key '$& {0} $1'.")).toBe("没有客户端密钥“$& {0} $1”。");
  });
});

import { openTensorRtLlm } from '#dist/llm/hosts/tensorrt-llm.js';
import type { TensorRtLlmOptions } from '#dist/llm/hosts/tensorrt-llm.js';
import type { TokenHost } from '#dist/llm/host.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { thrownBy } from '../../support/error-code.ts';
import { rejection } from '../../support/rejection.ts';
import { sharedTensorReader, tensorReaderOrSkip } from '../../support/tensor-reader.ts';
import { TokenHostServer } from '../../support/token-host-server.ts';
import { allOf, tokenFrame, tokenWindow } from '../../support/token-windows.ts';

const reader = sharedTensorReader();

async function scene(
  options: Partial<TensorRtLlmOptions> = {},
  model = 'm',
): Promise<{ server: TokenHostServer; host: TokenHost }> {
  const server = await TokenHostServer.start({ kind: 'trtllm', model, hidden: 16, kept: new Map() }, reader);
  onTestFinished(() => server.close());
  const host = await openTensorRtLlm({ url: server.url, expects: { channels: 16 }, attempts: 1, ...options });
  return { server, host };
}

describe.skipIf(!tensorReaderOrSkip())('TensorRT-LLM', () => {
  test('takes each frame as the file of torch.save in `data`, without a name', async () => {
    const { server, host } = await scene();
    const frame = tokenFrame('a', 9, 16);
    const window = tokenWindow('[0:00]', frame, '[0:01]', tokenFrame('b', 1, 16));
    expect(await allOf(host.ask({ window, prompt: 'p' }))).toEqual(['Seen', ':', ' 9', ' 1', '.']);
    const part = server.chats[0]?.chat?.parts[1];
    expect(part).toMatchObject({ tensor: { dtype: 'float16', shape: [9, 16] } });
    expect(part).toHaveProperty('tensor.values', Array.from(frame.content.values));
    expect(server.crashed).toBeUndefined();
  });

  test('takes bfloat16 where that is asked for', async () => {
    const { server, host } = await scene({ dtype: 'BF16' });
    await allOf(host.ask({ window: tokenWindow(tokenFrame('a', 4, 16)), prompt: 'p' }));
    expect(server.chats[0]?.chat?.parts[0]).toMatchObject({ tensor: { dtype: 'bfloat16' } });
  });

  test('a frame is checked before it is sent, and its origin before any', async () => {
    const { server, host } = await scene();
    const asked = allOf(host.ask({ window: tokenWindow(tokenFrame('a', 4, 8)), prompt: 'p' }));
    expect((await rejection(asked)).code).toBe('HOST_MISMATCH');
    expect(server.chats).toHaveLength(0);
    expect(thrownBy(() => host.check({ encoder: 'e', stage: 'post', channels: 8 })).code).toBe('HOST_MISMATCH');
    host.check({ encoder: 'e', stage: 'post', channels: 16 });
  });

  test('a model that wants grids is refused, since there is no field for them', async () => {
    const { host } = await scene({}, 'Qwen/Qwen2-VL-2B-Instruct');
    const error = thrownBy(() => host.check({ encoder: 'e', stage: 'post', channels: 16 }));
    expect(error.code).toBe('HOST_MISMATCH');
    expect(error.message).toMatch(/grid.*Run the model in vLLM/);
  });
});

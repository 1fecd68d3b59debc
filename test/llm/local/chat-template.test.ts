import { describe, expect, it } from 'vitest';
import { ChatTemplate } from '#dist/llm/local/chat-template.js';
import type { ChatPart } from '#dist/llm/local/chat-template.js';
import { thrownBy } from '../../support/error-code.ts';

/** Keeps the order of parts, and draws a frame around an image. */
const inOrder =
  "{% for m in messages %}[{{ m.role }}]{% for p in m.content %}{% if p.type == 'image' %}<see><image></see>{% else %}{{ p.text }}{% endif %}{% endfor %}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";
/** The way of LLaVA's: all images, then all text. */
const imagesFirst =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + ' '}}{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>' }}{% endfor %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ '\\n' + content['text'] }}{% endfor %}{{'<|im_end|>'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
/** The way of a text model that knows no system message. */
const strings =
  "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}assistant:";

const asked: readonly ChatPart[] = [
  { type: 'text', text: '0:01 ' },
  { type: 'frame' },
  { type: 'text', text: '0:02 ' },
  { type: 'frame' },
  { type: 'text', text: 'Who <image> came?' },
];

describe('ChatTemplate', () => {
  it('uses the parts of a template that keeps their order, with what it writes around images', () => {
    expect(told(inOrder)).toBe('[user]|0:01 |<see>*</see>|0:02 |<see>*</see>|Who <image> came?|[assistant]');
  });

  it('keeps frames beside their time stamps in a template that puts images first', () => {
    expect(told(imagesFirst)).toBe(
      '<|im_start|>user \n|0:01 |*|0:02 |*|Who <image> came?|<|im_end|><|im_start|>assistant\n',
    );
  });

  it('gives a string to a template that knows no parts', () => {
    expect(told(strings)).toBe('<s>user: |0:01 |*|0:02 |*|Who <image> came?|\nassistant:');
  });

  it('gives a system text a message of its own', () => {
    expect(told(inOrder, 'Be brief.')).toMatch(/^\[system\]\|Be brief\.\|\[user\]\|0:01 /);
    expect(told(imagesFirst, 'Be brief.')).toContain('<|im_start|>system \n|Be brief.|<|im_end|>');
  });

  it('puts a system text before the rest where the template knows no such message', () => {
    expect(told(strings, 'Be brief.')).toMatch(/^<s>user: \|Be brief\.\n\n0:01 \|\*/);
  });

  it('never shows the template what the asker wrote', () => {
    const nosy = inOrder.replace('{{ p.text }}', "{% if 'secret' in p.text %}found{% endif %}{{ p.text }}");
    const template = new ChatTemplate(nosy, '<image>', {}, 'm');
    expect(JSON.stringify(template.pieces([{ type: 'text', text: 'secret' }]))).not.toContain('found');
  });

  it.each([
    ['cannot be parsed', '{% for %}'],
    ['loses the text', '{% for m in messages %}{{ m.role }}{% endfor %}'],
    ['repeats the text', '{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}'],
    ['throws', "{{ raise_exception('no') }}"],
  ])('refuses a template that %s', (_, source) => {
    const error = thrownBy(() => new ChatTemplate(source, '<image>', {}, '/models/m'));
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.what).toContain('/models/m');
  });
});

/** Pieces with bars between what the template and what the asker wrote; stars for frames. */
function told(source: string, system?: string): string {
  const pieces = new ChatTemplate(source, '<image>', { bos_token: '<s>' }, 'm').pieces(asked, system);
  let out = '';
  let own = false;
  for (const piece of pieces) {
    if (piece.type === 'frame') {
      // In a template with images the star is its own; elsewhere the asker's.
      out += source === inOrder || !own ? '*' : '|*';
      continue;
    }
    if (piece.own !== own || (own && out.endsWith('*'))) out += '|';
    own = piece.own;
    out += piece.text;
  }
  return out;
}

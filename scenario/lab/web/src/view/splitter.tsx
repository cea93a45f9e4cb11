// A line between two parts of the page that can be moved, by a pointer or by keys.

import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

const STEP_PERCENT = 2;

interface Split {
    value: Signal<number>;
    min: number;
    max: number;
    set: (percent: number) => void;
}

interface Props {
    split: Split;
    /** What gets larger when it is moved to the right or down. */
    label: string;
    controls: string;
    /** Whether the parts are side by side. */
    beside: boolean;
}

export function Splitter({ split, label, controls, beside }: Props) {
    const line = useRef<HTMLDivElement>(null);
    const dragged = useSignal(false);
    const move = (event: PointerEvent) => {
        const room = line.current?.closest('.tools, .columns')?.getBoundingClientRect();
        if (dragged.value && room) {
            const part = beside ? (event.clientX - room.left) / room.width : (event.clientY - room.top) / room.height;
            split.set(part * 100);
        }
    };
    const key = (event: KeyboardEvent) => {
        const [less, more] = beside ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
        const places: Record<string, number> = {
            [less as string]: split.value.value - STEP_PERCENT,
            [more as string]: split.value.value + STEP_PERCENT,
            Home: split.min,
            End: split.max,
        };
        const place = places[event.key];
        if (place !== undefined) {
            event.preventDefault();
            split.set(place);
        }
    };
    const end = () => {
        dragged.value = false;
        document.documentElement.classList.remove('dragged');
    };
    return (
        <div
            ref={line}
            class={beside ? 'splitter beside' : 'splitter'}
            role="separator"
            tabIndex={0}
            aria-label={label}
            aria-orientation={beside ? 'vertical' : 'horizontal'}
            aria-controls={controls}
            aria-valuenow={Math.round(split.value.value)}
            aria-valuemin={split.min}
            aria-valuemax={split.max}
            onKeyDown={key}
            onPointerDown={(event) => {
                line.current?.setPointerCapture(event.pointerId);
                dragged.value = true;
                // A frame under the pointer would take its moves.
                document.documentElement.classList.add('dragged');
            }}
            onPointerMove={move}
            onPointerUp={end}
            onPointerCancel={end}
        />
    );
}

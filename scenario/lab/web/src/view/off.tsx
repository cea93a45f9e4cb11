// What a service's pane shows while nothing answers: which step starts it, or, if it has run before, how it runs again.

import type { Service } from '../contract.ts';
import { steps } from '../state.ts';
import { goTo } from '../tools/step.ts';
import { PartButtons, useRunning } from './running.tsx';

export function Off({ service, isShown }: { service: Service; isShown: boolean }) {
    return <div class="empty">{isShown ? <Now service={service} /> : null}</div>;
}

function Now({ service }: { service: Service }) {
    const part = useRunning()?.parts.find(({ port }) => port === service.port);
    const step = steps.value.find((one) => one.number === service.step);
    if (part) {
        return (
            <>
                <p>
                    Nothing answers on port {service.port} any more: {part.name} {part.text}.
                </p>
                <PartButtons part={part} />
            </>
        );
    }
    return (
        <>
            <p>
                Nothing answers on port {service.port} yet. {service.name} is started by step {step?.label ?? service.step}
                {step && `, “${step.title}”`}.
            </p>
            {step && <button type="button" onClick={() => void goTo(step)}>Go to step {step.label}</button>}
        </>
    );
}

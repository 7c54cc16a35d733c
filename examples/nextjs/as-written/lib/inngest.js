// The event API's client. It takes its address and key from INNGEST_BASE_URL and INNGEST_EVENT_KEY.

import { Inngest } from 'inngest';

export const inngest = new Inngest({ id: 'route' });

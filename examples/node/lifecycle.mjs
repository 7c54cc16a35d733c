// Whether the process is on its way out: then each answer ends its connection.

export const lifecycle = { draining: false };

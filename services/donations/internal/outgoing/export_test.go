package outgoing

// NewUnchecked returns a client that dials whatever it is told to: without the protection.
func NewUnchecked(o Options) *Client { return newClient(o, nil) }

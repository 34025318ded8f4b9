package devstack

// service describes one process of the stack.
type service struct {
	name     string
	calls    []string // services whose address it gets as --<name>-addr
	database bool     // has a database and a role of its own
	seals    bool     // gets the key store
	plain    bool     // serves HTTP, without mutual TLS
}

// services are the processes that serve gRPC and the gateway, in the order in
// which they are started; they stop in the reverse order, the gateway first.
var services = []service{
	{name: "access", calls: []string{"ledger"}, database: true},
	{name: "ledger", calls: []string{"access", "donations", "disbursements"}, database: true},
	{name: "families", calls: []string{"access", "ledger"}, database: true, seals: true},
	{name: "donations", calls: []string{"access", "ledger", "families"}, database: true, seals: true},
	{name: "disbursements", calls: []string{"access", "ledger", "families", "donations"}, database: true, seals: true},
	{name: "gateway", calls: []string{"access", "ledger", "families", "donations", "disbursements"}, plain: true},
}

// keyStore is the database of wrapped keys, with a role of its own.
const keyStore = "keystore"

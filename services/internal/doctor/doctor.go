// Package doctor is how an examination of an installation says what it finds. What
// there is to examine, each package knows of its own part: certificates, databases,
// the sign-in.
package doctor

// Finding is one thing that is wrong with a service, and what to do about it.
type Finding struct {
	// Service is the service's name.
	Service string `json:"service"`
	// Part is where the fault lies: settings, certificate, secret, database, key
	// store, clock, sign-in, peers, disk, Stripe, witnesses, https.
	Part string `json:"part"`
	// Problem is what was seen; it holds no secret.
	Problem string `json:"problem"`
	// Remedy is what to do.
	Remedy string `json:"remedy"`
	// Soon says that all works today and will not for long, or that it works less
	// safely than it could.
	Soon bool `json:"soon"`
}

// Report collects what is found about one part.
type Report struct {
	part     string
	findings []Finding
}

// About begins the report of a part.
func About(part string) *Report { return &Report{part: part} }

// Fault notes what does not work.
func (r *Report) Fault(problem, remedy string) {
	r.findings = append(r.findings, Finding{Part: r.part, Problem: problem, Remedy: remedy})
}

// Warn notes what works for now.
func (r *Report) Warn(problem, remedy string) {
	r.findings = append(r.findings, Finding{Part: r.part, Problem: problem, Remedy: remedy, Soon: true})
}

// Failed notes an error as a fault, nothing where there is none.
func (r *Report) Failed(err error, remedy string) {
	if err != nil {
		r.Fault(err.Error(), remedy)
	}
}

// Findings are what was noted.
func (r *Report) Findings() []Finding { return r.findings }

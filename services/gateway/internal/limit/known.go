package limit

import (
	"sync"
	"time"
)

// maxKnown bounds memory; a credential beyond it is unknown until the hour ends.
const maxKnown = 100_000

// Known are the credentials that a service has found good within the hour. An
// invented one never gets in, so nothing is gained by changing it with each request.
type Known struct {
	now func() time.Time

	mu    sync.Mutex // guards what follows
	good  map[caller]struct{}
	names names
}

// NewKnown returns an empty set.
func NewKnown(now func() time.Time) *Known {
	return &Known{now: now, good: map[caller]struct{}{}}
}

// Add remembers a credential that a service has found good.
func (k *Known) Add(credential string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if id := k.identify(credential); len(k.good) < maxKnown {
		k.good[id] = struct{}{}
	}
}

// Has reports whether a credential was good within the hour. Whether it still is, is
// judged by the services.
func (k *Known) Has(credential string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, good := k.good[k.identify(credential)]
	return good
}

// identify needs mu.
func (k *Known) identify(credential string) caller {
	id, renewed := k.names.of(credential, k.now())
	if renewed {
		clear(k.good)
	}
	return id
}

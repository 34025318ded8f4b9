package seal

import (
	"context"
	"sync"
	"time"
)

const (
	// keptFor is how long an unwrapped key stays in memory.
	keptFor = time.Minute
	// trustedFor is how long memory is believed before the key store is asked
	// again what was destroyed: it bounds how long a key that another replica has
	// destroyed can still be used here.
	trustedFor = 900 * time.Millisecond
	// keptMost bounds how many keys are in memory.
	keptMost = 20_000
)

// keptKeys are unwrapped keys in memory. They are used only while it is known, at
// most a second old, which keys were destroyed; timers, not a clock, forget them.
type keptKeys struct {
	destroyed func(ctx context.Context) ([]string, error)

	mu      sync.Mutex // guards the rest
	keys    map[string]*keptKey
	trusted bool
}

// keptKey is a key in memory; a newer one for the same subject replaces it.
type keptKey struct{ key []byte }

func newKeptKeys(destroyed func(ctx context.Context) ([]string, error)) *keptKeys {
	return &keptKeys{destroyed: destroyed, keys: map[string]*keptKey{}}
}

// get returns the key of subject, nil where it is not in memory.
func (k *keptKeys) get(ctx context.Context, subject string) ([]byte, error) {
	k.mu.Lock()
	entry, trusted := k.keys[subject], k.trusted
	k.mu.Unlock()
	if entry == nil {
		return nil, nil
	}
	if trusted {
		return entry.key, nil
	}
	gone, err := k.destroyed(ctx)
	if err != nil {
		return nil, err
	}
	return k.trust(gone, subject), nil
}

// trust forgets the destroyed keys, believes the others for a moment, and returns
// that of subject.
func (k *keptKeys) trust(gone []string, subject string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range gone {
		delete(k.keys, s)
	}
	if !k.trusted {
		k.trusted = true
		time.AfterFunc(trustedFor, k.distrust)
	}
	if entry := k.keys[subject]; entry != nil {
		return entry.key
	}
	return nil
}

func (k *keptKeys) distrust() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trusted = false
}

func (k *keptKeys) put(subject string, key []byte) {
	entry := &keptKey{key}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= keptMost {
		clear(k.keys)
	}
	k.keys[subject] = entry
	time.AfterFunc(keptFor, func() { k.expire(subject, entry) })
}

// expire forgets entry unless a newer one has taken its place.
func (k *keptKeys) expire(subject string, entry *keptKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys[subject] == entry {
		delete(k.keys, subject)
	}
}

func (k *keptKeys) drop(subject string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, subject)
}

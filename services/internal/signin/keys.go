package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	keysPause = 5 * time.Second // forged key ids must not become requests
	maxKeys   = 256 << 10       // bytes of a key set
)

// Ages of the issuer's keys: how long they are used without asking again, and how
// long while the issuer does not answer.
const (
	keysFresh = 5 * time.Minute
	keysLast  = time.Hour
)

// silent says that the issuer did not answer what was needed of it.
const silent fault.Cause = "the OIDC issuer does not answer"

// keySet holds the pinned issuer's public keys. It fetches them when a token
// names a key that it does not have, at most every few seconds.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time

	fetching sync.Mutex // lets one fetch run at a time; taken before mu
	fetched  time.Time  // guarded by fetching
	last     error      // guarded by fetching

	mu   sync.Mutex // guards the rest
	keys []jose.JSONWebKey
	asOf time.Time // when keys were fetched
}

// payload returns that of a token which one of the issuer's keys has signed. A key
// or an address in the token's header is never used.
func (k *keySet) payload(ctx context.Context, signed *jwt.JSONWebToken) ([]byte, error) {
	header := signed.Headers[0]
	keys, err := k.named(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		var payload json.RawMessage
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if signed.Claims(key.Key, &payload) == nil {
			return payload, nil
		}
	}
	return nil, fault.Cause("signed by no key of the issuer")
}

// named returns the keys with an id, all of them for a token that names none. Keys
// are fetched again after five minutes, so that one which the issuer has taken back
// is refused; while the issuer does not answer they stay good for an hour.
func (k *keySet) named(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	if found, age := k.matching(id); len(found) > 0 && age < keysFresh {
		return found, nil
	}
	k.fetching.Lock()
	defer k.fetching.Unlock()
	if found, age := k.matching(id); len(found) > 0 && age < keysFresh {
		return found, nil
	}
	if k.fetched.IsZero() || k.now().Sub(k.fetched) >= keysPause {
		k.fetched = k.now()
		k.last = k.refresh(ctx)
	}
	found, age := k.matching(id)
	if k.last != nil && (len(found) == 0 || age >= keysLast) {
		return nil, fmt.Errorf("%w: fetch keys: %w", silent, k.last)
	}
	return found, nil
}

func (k *keySet) refresh(ctx context.Context) error {
	keys, err := k.fetch(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.asOf = keys, k.now()
	return nil
}

// matching returns the keys with an id and their age.
func (k *keySet) matching(id string) ([]jose.JSONWebKey, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found []jose.JSONWebKey
	for _, key := range k.keys {
		if id == "" || key.KeyID == id {
			found = append(found, key)
		}
	}
	return found, k.now().Sub(k.asOf)
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxKeys)).Decode(&set); err != nil {
		return nil, fmt.Errorf("read key set: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// A kind of key that is not known here is of no use here.
		if err := json.Unmarshal(raw, &key); err == nil && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

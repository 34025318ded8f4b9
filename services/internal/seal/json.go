package seal

import (
	"context"
	"encoding/json"
	"fmt"
)

// SealJSON writes v as JSON and seals it for its place.
func (k *Keyring) SealJSON(ctx context.Context, place Place, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", place.column, err)
	}
	return k.Seal(ctx, place, plain)
}

// OpenJSON opens what SealJSON made for the same place into v. Its
// errors quote nothing of the value.
func (k *Keyring) OpenJSON(ctx context.Context, place Place, sealed []byte, v any) error {
	plain, err := k.Open(ctx, place, sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, v) != nil {
		return fmt.Errorf("read %s of %s", place.column, place.row)
	}
	return nil
}

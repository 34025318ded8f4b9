package seal

import (
	"context"
	"encoding/json"
	"fmt"
)

// SealJSON writes v as JSON and seals it for the place ref.
func (k *Keyring) SealJSON(ctx context.Context, subject string, ref Ref, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %s.%s: %w", ref.Table, ref.Column, err)
	}
	return k.Seal(ctx, subject, ref, plain)
}

// OpenJSON opens what SealJSON made for the same subject and place into v. Its
// errors quote nothing of the value.
func (k *Keyring) OpenJSON(ctx context.Context, subject string, ref Ref, sealed []byte, v any) error {
	plain, err := k.Open(ctx, subject, ref, sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, v) != nil {
		return fmt.Errorf("read %s.%s of %s", ref.Table, ref.Column, ref.Row)
	}
	return nil
}

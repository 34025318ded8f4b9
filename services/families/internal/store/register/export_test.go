package register

import "context"

// ListDigest is what a list is called in the tables.
func (s *Store) ListDigest(name string) []byte { return s.listDigest(name) }

// SourceDigest is what an id of a list is called in the tables.
func (s *Store) SourceDigest(ctx context.Context, list, id string) ([]byte, error) {
	return s.sourceDigest(ctx, s.listDigest(list), id)
}

// RowKey is what a row of an import is called in the tables.
func (s *Store) RowKey(importID string, number int) ([]byte, error) {
	c, err := s.rowCipher(importID)
	if err != nil {
		return nil, err
	}
	return c.key(number), nil
}

package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
)

func TestNothingIsSealed(t *testing.T) {
	t.Parallel()
	sealtest.CheckRegistered(t, store.Migrations())
}

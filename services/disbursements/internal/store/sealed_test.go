package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

func TestEverySealedColumnIsRegistered(t *testing.T) {
	t.Parallel()
	sealtest.CheckRegistered(t, store.Migrations(), rail.Sealed()...)
}

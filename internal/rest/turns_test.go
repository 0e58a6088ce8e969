package rest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns rest.Turns
		var group sync.WaitGroup
		inside, most, others := 0, 0, 0
		for range 10 {
			group.Go(func() {
				release, err := turns.Take(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				inside++
				most = max(most, inside)
				<-time.After(time.Second)
				inside--
			})
		}
		synctest.Wait()
		release, err := turns.Take(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		others++
		release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if _, err := turns.Take(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn that does not come: %v", err)
		}
		group.Wait()
		if most != 1 || others != 1 {
			t.Errorf("%d at once", most)
		}
	})
}

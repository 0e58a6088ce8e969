package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// sides are the two systems, real or in memory.
type sides struct {
	netbox                 *netbox.Client
	serviceNow             *servicenow.Client
	netboxAt, serviceNowAt string // for people
	sent                   [2]atomic.Int64
	stops                  []func() error
}

func connect(o options) (s *sides, err error) {
	s = &sides{netboxAt: o.netboxURL, serviceNowAt: o.serviceNowURL}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	nb := netbox.Config{
		BaseURL: o.netboxURL, Auth: netbox.Token(os.Getenv("NETBOX_TOKEN")), MaxRetries: 2,
		OnAttempt: func(context.Context, netbox.Attempt) { s.sent[0].Add(1) },
	}
	if o.netboxURL == "" {
		nb.Auth = netbox.Token(netboxtest.AdminTokenV2)
		if nb.BaseURL, err = s.startNetBox(o.devices); err != nil {
			return s, err
		}
	}
	sn := servicenow.Config{
		BaseURL: o.serviceNowURL, Auth: servicenow.BasicAuth(os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")), MaxRetries: 2,
		OnAttempt: func(context.Context, servicenow.Attempt) { s.sent[1].Add(1) },
	}
	if o.serviceNowURL == "" {
		sn.Auth = servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
		if sn.BaseURL, err = s.startServiceNow(); err != nil {
			return s, err
		}
	}
	if s.netbox, err = netbox.New(nb); err != nil {
		return s, err
	}
	s.serviceNow, err = servicenow.New(sn)
	return s, err
}

func (s *sides) close() error {
	errs := make([]error, 0, len(s.stops))
	for _, stop := range s.stops {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}

// requests returns how many requests have been sent so far.
func (s *sides) requests() assets.Requests {
	return assets.Requests{NetBox: int(s.sent[0].Load()), ServiceNow: int(s.sent[1].Load())}
}

func (s *sides) startNetBox(devices int) (address string, err error) {
	server, err := netboxtest.Estate(devices)
	if err != nil {
		return "", err
	}
	address, err = s.serve(server)
	s.netboxAt = fmt.Sprintf("%s (in memory, %d made-up devices)", address, devices)
	return address, err
}

func (s *sides) startServiceNow() (address string, err error) {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		return "", err
	}
	address, err = s.serve(server)
	s.serviceNowAt = address + " (in memory)"
	return address, err
}

// serve answers on a free port of this machine until close.
func (s *sides) serve(handler http.Handler) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with close
	s.stops = append(s.stops, server.Close)
	return "http://" + listener.Addr().String(), nil
}

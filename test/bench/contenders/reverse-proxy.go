// Go's own reverse proxy, with no checks, TLS on both sides: what the bare forwarder is compared with.
// Arguments: the app's origin, certificate, key, the app's authority, the app's name. Prints its port when it listens.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	origin, certificate, key, authority, name := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(must(os.ReadFile(authority)))
	proxy := httputil.NewSingleHostReverseProxy(must(url.Parse(origin)))
	proxy.Transport = &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: name},
		MaxIdleConnsPerHost: 128,
	}
	// Connections that are closed in the middle, as wrk's are at its end.
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	// HTTP/1.1, as everybody else here.
	server := &http.Server{
		Handler:      proxy,
		ErrorLog:     proxy.ErrorLog,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	panic(server.ServeTLS(listener, certificate, key))
}

package testkit

// The connections of the stand-in. One thread serves all of them. The kernel reports which of them
// have something to read.

import (
	"container/heap"
	"context"
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"golang.org/x/sys/unix"
)

// A server is the thread of a stand-in, and its connections. Only that thread uses it.
type server struct {
	standIn *StandIn
	speak   func(*server, *peer) talk

	poll, listener int
	wake           int // an eventfd, with which other goroutines wake the thread
	stopped        atomic.Bool

	peers   []*peer          // by file descriptor
	talks   map[uint32]*peer // by process id
	last    uint32           // the last process id
	alarms  alarms
	from    []byte   // the bytes that were read last
	unused  [][]byte // buffers for answers
	pending bool     // the listener has connections

	startup pgproto3.StartupMessage // the message that was decoded last
	bind    pgproto3.Bind
}

// An alarm is the time at which a peer continues.
type alarm struct {
	at   time.Time
	peer *peer
	turn int
}

type alarms []alarm

func (a alarms) Len() int           { return len(a) }
func (a alarms) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a alarms) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *alarms) Push(x any)        { *a = append(*a, x.(alarm)) }
func (a *alarms) Pop() any {
	last := len(*a) - 1
	x := (*a)[last]
	(*a)[last] = alarm{}
	*a = (*a)[:last]
	return x
}

// checkInterval is the time between two checks of the connection during a statement.
const checkInterval = 500 * time.Millisecond

// stand starts a stand-in. speak creates the talk of a connection.
func stand(ctx context.Context, url string, speak func(*server, *peer) talk) (_ *StandIn, err error) {
	s := &server{speak: speak, talks: map[uint32]*peer{}, from: make([]byte, 64<<10), poll: -1, listener: -1, wake: -1}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	// The net package opens the port, with the backlog that the system allows.
	l, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp4", "0.0.0.0:0") // accept closes connections that are not to 127.0.0.0/8
	if err != nil {
		return nil, err
	}
	file, err := l.(*net.TCPListener).File()
	if err := errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	s.listener, err = unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if err := errors.Join(unix.SetNonblock(s.listener, true), unix.SetsockoptInt(s.listener, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)); err != nil {
		return nil, err
	}
	if s.poll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if s.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, err
	}
	for _, fd := range []int{s.listener, s.wake} {
		if err := s.follow(fd, unix.EPOLLIN); err != nil {
			return nil, err
		}
	}
	s.standIn = &StandIn{url: url, Port: l.Addr().(*net.TCPAddr).Port}
	ended := make(chan error, 1)
	go func() { ended <- s.serve() }()
	s.standIn.wake = func() error {
		_, err := unix.Write(s.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		return err
	}
	s.standIn.stop = func() error {
		s.stopped.Store(true)
		if err := s.standIn.wake(); err != nil {
			return err
		}
		err := <-ended
		s.close()
		return err
	}
	return s.standIn, nil
}

// close closes the descriptors of the server, except its connections.
func (s *server) close() {
	for _, fd := range []int{s.poll, s.listener, s.wake} {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing was written
		}
	}
}

func (s *server) follow(fd int, events uint32) error {
	return unix.EpollCtl(s.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// serve serves all connections until the server is stopped, and closes them.
func (s *server) serve() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() {
		for _, p := range s.peers {
			if p != nil {
				s.drop(p)
			}
		}
	}()
	events := make([]unix.EpollEvent, 256)
	for !s.stopped.Load() {
		n, err := unix.EpollWait(s.poll, events, s.pause())
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			switch fd := int(e.Fd); fd {
			case s.wake:
				s.shake()
			case s.listener: // it comes after the others, since a new connection may get the number of a closed one
				s.pending = true
			default:
				if p := s.peers[fd]; p != nil {
					p.left = p.left || e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
					s.read(p)
				}
			}
		}
		s.ring()
		if s.pending {
			s.accept()
		}
	}
	return nil
}

// shake ends the sleep of all statements if Wake was called.
func (s *server) shake() {
	_, _ = unix.Read(s.wake, s.from[:8]) // otherwise epoll reports it again
	if !s.standIn.woken.Load() {
		return
	}
	for _, p := range s.peers {
		if p != nil && !p.until.IsZero() {
			p.until = time.Now()
			s.rest(p)
		}
	}
}

// pause returns the milliseconds until the next alarm, or -1.
func (s *server) pause() int {
	if len(s.alarms) == 0 {
		return -1
	}
	left := time.Until(s.alarms[0].at)
	return int(max(left+time.Millisecond-1, 0) / time.Millisecond)
}

// accept accepts some of the waiting connections. The others follow when the connected clients have
// been answered.
func (s *server) accept() {
	const most = 64
	s.pending = false
	for range most {
		fd, _, err := unix.Accept4(s.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED):
			continue
		case err != nil: // for example too many open files: the next client waits
			<-time.After(time.Millisecond)
			return
		}
		p := &peer{fd: fd}
		for len(s.peers) <= fd {
			s.peers = append(s.peers, nil)
		}
		s.peers[fd] = p
		s.standIn.open.Add(1)
		at, err := unix.Getsockname(fd)
		here, is := at.(*unix.SockaddrInet4)
		if err != nil || !is || here.Addr[0] != 127 || s.follow(fd, unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLET) != nil {
			s.drop(p)
			continue
		}
		if here.Addr[1] != byte(Hanging) {
			s.prepare(p)
			p.talk = s.speak(s, p)
			s.send(p)
		}
	}
}

// rest sets an alarm for a peer whose statement sleeps.
func (s *server) rest(p *peer) {
	at := p.until
	if p.checks {
		if next := time.Now().Add(checkInterval); next.Before(at) {
			at = next
		}
	}
	p.turn++
	heap.Push(&s.alarms, alarm{at, p, p.turn})
}

// ring wakes the peers whose time has come.
func (s *server) ring() {
	if len(s.alarms) == 0 {
		return
	}
	for now := time.Now(); len(s.alarms) > 0 && !s.alarms[0].at.After(now); {
		a := heap.Pop(&s.alarms).(alarm)
		switch p := a.peer; {
		case a.turn != p.turn:
		case !p.until.After(now):
			s.awake(p, false)
		case p.left: // this alarm is a check, and the client has left
			s.drop(p)
		default:
			s.rest(p)
		}
	}
}

// awake ends the sleep of a statement, and answers the messages that the client has sent since.
func (s *server) awake(p *peer, cancelled bool) {
	p.until = time.Time{}
	p.turn++
	s.standIn.sleeping.Add(-1)
	s.prepare(p)
	p.talk.awake(cancelled)
	s.answer(p, nil)
	if p.left && p.until.IsZero() {
		s.drop(p)
	}
}

// register returns a process id for a connection.
func (s *server) register(p *peer) uint32 {
	s.last++
	s.talks[s.last] = p
	return s.last
}

func (s *server) forget(process uint32) { delete(s.talks, process) }

// cancel ends the sleep of a process.
func (s *server) cancel(process uint32) {
	if p := s.talks[process]; p != nil && !p.until.IsZero() {
		s.awake(p, true)
	}
}

// HungUp reports whether the other side has closed a connection, even if there is data to read. It
// reads nothing.
func HungUp(conn net.Conn) (gone bool) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	if err := raw.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		gone = err == nil && n > 0
	}); err != nil {
		return true
	}
	return gone
}

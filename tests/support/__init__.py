"""What tests share: real processes on real sockets."""

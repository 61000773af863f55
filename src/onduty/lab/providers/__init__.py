"""Where the lab's servers come from: embedded programs, Docker images, or servers somebody names."""

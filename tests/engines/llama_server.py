"""llama.cpp's HTTP server out of the wheel of xllamacpp, on loopback, until standard input closes.

llama_server.py MODEL.gguf [SLOTS]        prints the address as its first line
"""

import sys

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.port = 0  # any free one
parameters.n_parallel = int(sys.argv[2]) if len(sys.argv) > 2 else 2
parameters.n_ctx = 4096 * parameters.n_parallel
parameters.cpuparams.n_threads = 1  # a tiny model is slower on more
parameters.cpuparams_batch.n_threads = 2
parameters.warmup = False
parameters.special = False
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
